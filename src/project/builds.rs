//! The builds that the files of a project describe: which Dockerfile, with which context.
