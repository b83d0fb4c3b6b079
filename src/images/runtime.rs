//! Images that a run-time stage can be built on.

use std::borrow::Cow;

pub struct RuntimeImage {
    pub reference: Cow<'static, str>,
}

pub fn slim_of(_repository: &str, _tag: Option<&str>) -> Option<RuntimeImage> {
    None
}

pub fn is_published(_reference: &str) -> bool {
    true
}
