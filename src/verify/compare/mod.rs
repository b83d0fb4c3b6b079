//! How two images differ: typed lists, which say nothing of whether that is good.

mod anew;
pub mod config;
pub mod files;
pub mod noise;
