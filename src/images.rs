//! What is known of a base image (stub until the table lands).
use crate::shell::Dialect;
use crate::syntax::expand::Value;
#[derive(Debug)]
pub struct Image {}
impl Image {
    pub fn shell(&self) -> Option<Dialect> { None }
    pub fn user(&self) -> Option<&str> { None }
    pub fn workdir(&self) -> Option<&str> { None }
    pub fn variable(&self, _: &str) -> Value<'_> { Value::Unknown }
    pub fn runtime_name(&self) -> Option<&'static str> { None }
}
pub fn identify(_: &str) -> Option<Image> { None }
