//! `.dockerignore`, with the meaning that BuildKit gives it.
