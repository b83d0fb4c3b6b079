//! The transforms, in the order they run.
//!
//! The order is part of the design, so it is written down once, here. Put a new transform after those
//! whose result it builds on.

use crate::transform::Transform;

mod add_user;
mod clean_package_caches;
mod copy_manifests_first;
mod copy_with_owner;
mod drop_unused_stages;
mod merge_runs;
mod prune_node_modules;
mod slim_final_stage;
mod split_stages;
mod write_dockerignore;

pub const PIPELINE: &[&Transform] = &[
    &drop_unused_stages::TRANSFORM,
    &split_stages::TRANSFORM,
    &slim_final_stage::TRANSFORM,
    &copy_manifests_first::TRANSFORM,
    &copy_with_owner::TRANSFORM,
    &merge_runs::TRANSFORM,
    &prune_node_modules::TRANSFORM,
    &clean_package_caches::TRANSFORM,
    &add_user::TRANSFORM,
    &write_dockerignore::TRANSFORM,
];

/// The settings that a transform reads, as the configuration calls them.
pub fn options(id: &str) -> &'static [&'static str] {
    match id {
        "split-stages" | "slim-final-stage" => &["runtime", "ports", "minimum-saving"],
        "merge-runs" => &["merge"],
        "clean-package-caches" => &["caches"],
        "add-user" => &["ports"],
        _ => &[],
    }
}
