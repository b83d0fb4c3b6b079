#![doc = include_str!("slim_final_stage.md")]

use super::split_stages::last;
use crate::transform::{Propose, Transform};
use std::borrow::Cow;

pub(super) const TRANSFORM: Transform = Transform {
    id: Cow::Borrowed("slim-final-stage"),
    summary: Cow::Borrowed("Run the last stage on a small base image"),
    guide: Cow::Borrowed(include_str!("slim_final_stage.md")),
    rules: Cow::Borrowed(&[]),
    propose: Propose::BuiltIn(last::propose),
};
