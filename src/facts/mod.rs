//! What is known about a Dockerfile before anything is changed.
#[derive(Debug)]
pub struct Facts<'src> {
    _x: std::marker::PhantomData<&'src ()>,
}
