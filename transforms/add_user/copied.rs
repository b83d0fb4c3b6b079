//! Which `COPY` brings a file, and what it may be in the build context.

use crate::facts::{Base, is_within, resolve};
use crate::shell::command::base;
use crate::syntax::Body;
use crate::transform::Context;
use crate::yaml::{self, Node};
use std::rc::Rc;
use std::sync::Arc;

/// What a `COPY` brings to a path.
pub(super) struct Copied {
    pub(super) from_stage: bool,
    /// Files of the build context that it may be.
    pub(super) paths: Vec<String>,
    /// What the instruction itself holds; `None` inside if the build puts variables into it.
    heredoc: Option<Option<Arc<str>>>,
}

impl Copied {
    /// The text of the file, where it is known.
    pub(super) fn text(&self, cx: &Context) -> Option<Arc<str>> {
        match &self.heredoc {
            Some(text) => text.clone(),
            None => self.paths.iter().find_map(|path| cx.text(path)),
        }
    }

    /// It stands in the Dockerfile.
    pub(super) fn is_heredoc(&self) -> bool {
        self.heredoc.is_some()
    }
}

/// The last `COPY` of a stage, or one below it, that may bring `path`.
pub(super) fn sources(cx: &Context, stage: usize, path: &str) -> Option<Copied> {
    let mut copies: Vec<usize> = cx.facts.copies(stage).collect();
    copies.reverse();
    let found = copies.into_iter().find_map(|at| {
        let instruction = &cx.file.instructions[at];
        let Body::Copy { sources, .. } = &instruction.body else { return None };
        let place = cx.facts.destination(at)?.place.path;
        let rest = path.strip_prefix(place.trim_end_matches('/'))?;
        if !is_within(path, &place) {
            return None;
        }
        let rest = rest.trim_start_matches('/');
        let name = base(path);
        // It is called as its delimiter, or the only source as what it is copied to.
        let only = rest.is_empty() && sources.len() == 1;
        let mut heredocs = instruction.heredocs.iter();
        if let Some(file) = heredocs.find(|it| only || *rest == *it.delimiter) {
            let body = file.body.of(cx.file.source);
            let is_open = file.expand && body.contains(['$', '\\']) || file.strip_tabs;
            let text = (!is_open).then(|| Arc::from(body));
            return Some(Copied { from_stage: false, paths: Vec::new(), heredoc: Some(text) });
        }
        let mut paths = Vec::new();
        for source in sources {
            let source = resolve(Some("/"), &source.text)?;
            let source = source.trim_start_matches('/');
            if rest.is_empty() || (base(source) == name && rest == name) {
                paths.push(source.to_owned());
            }
            let inside = if rest.is_empty() { name } else { rest };
            paths.push(format!("{source}/{inside}").trim_start_matches('/').to_owned());
        }
        // A single file in a folder is that file alone.
        let brings = rest.is_empty()
            || sources.iter().any(|it| base(&it.text) == name || !is_file(&it.text));
        let from_stage = instruction.flag("from").is_some();
        brings.then_some(Copied { from_stage, paths, heredoc: None })
    });
    match (found, &cx.facts.stages[stage].base) {
        (None, Base::Stage(base)) => sources(cx, *base, path),
        (found, _) => found,
    }
}

/// The `package.json` of the project, where the build context tells.
pub(super) fn package(cx: &Context, stage: usize) -> Option<Rc<Node>> {
    let workdir = cx.facts.stages[stage].workdir();
    let copied = workdir.and_then(|workdir| {
        let path = format!("{}/package.json", workdir.trim_end_matches('/'));
        sources(cx, stage, &path)
    });
    let copied = copied.into_iter().flat_map(|copied| copied.paths);
    let mut paths = copied.chain(["package.json".to_owned()]);
    let text = paths.find_map(|path| cx.text(&path))?;
    yaml::parse(&text).ok()?.into_iter().next()
}

/// Whether a source is named like a file.
pub(super) fn is_file(text: &str) -> bool {
    !text.ends_with('.') && !text.ends_with('/') && base(text).contains('.') && !text.contains('*')
}
