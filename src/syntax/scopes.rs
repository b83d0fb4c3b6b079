//! Which texts BuildKit expands, and the build arguments that exist without being set.
//! It computes no values.

use super::{Body, Instruction, Keyword, Piece};

/// Set by BuildKit for each build; a stage has to declare them with `ARG name` before it can use
/// them, `FROM` need not.
pub const PLATFORM_ARGUMENTS: [&str; 8] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// Build arguments that a user may give without an `ARG` in the file. `RUN` sees them as
/// environment; they are not in the image's history.
pub const PREDEFINED_ARGUMENTS: [&str; 10] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

impl<'src> Instruction<'src> {
    /// The pieces in which BuildKit expands variables. What the shell expands is not among them,
    /// nor are the bodies of heredocs.
    pub fn expanded(&self) -> Vec<&Piece<'src>> {
        let mut pieces: Vec<&Piece> = match &self.body {
            Body::From { image, .. } => vec![image],
            Body::Copy { sources, destination, .. } => {
                sources.iter().chain([destination]).collect()
            }
            Body::Env { pairs, .. } | Body::Label { pairs, .. } | Body::Arg(pairs) => pairs
                .iter()
                .flat_map(|pair| std::iter::once(&pair.name).chain(&pair.value))
                .collect(),
            Body::Expose(list) | Body::Volume(list) => list.iter().collect(),
            Body::User(piece) | Body::Workdir(piece) | Body::Stopsignal(piece) => vec![piece],
            Body::Run(_)
            | Body::Cmd(_)
            | Body::Entrypoint(_)
            | Body::Shell(_)
            | Body::Healthcheck(_)
            | Body::Maintainer(_)
            | Body::Onbuild(_)
            | Body::OnbuildInvalid(_) => Vec::new(),
        };
        let flags = self.flags.iter().filter(|flag| is_expanded(self.keyword, &flag.name.text));
        pieces.extend(flags.filter_map(|flag| flag.value.as_ref()));
        pieces
    }
}

fn is_expanded(keyword: Keyword, flag: &str) -> bool {
    match keyword {
        Keyword::From => flag == "platform",
        Keyword::Run => flag == "mount",
        Keyword::Copy => matches!(flag, "chown" | "chmod"),
        Keyword::Add => matches!(flag, "chown" | "chmod" | "checksum"),
        _ => false,
    }
}
