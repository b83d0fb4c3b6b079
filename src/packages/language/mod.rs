//! The package managers of languages, one file each.

pub(super) mod dotnet;
pub(super) mod elixir;
pub(super) mod go;
pub(super) mod haskell;
pub(super) mod java;
pub(super) mod javascript;
pub(super) mod lua;
pub(super) mod ocaml;
pub(super) mod perl;
pub(super) mod php;
pub(super) mod python;
pub(super) mod r;
pub(super) mod ruby;
pub(super) mod rust;
