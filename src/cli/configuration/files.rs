//! Configuration files, with those that they extend.

use super::{Origin, Values, fits, form, mistake_in, root, settings};
use crate::cli::settings::shown_name;
use crate::cli::{read, suggest};
use crate::report::summary::StrayProblem;
use crate::report::{Colour, Problem};
use crate::transform::Transform;
use crate::yaml::{Error, Node, Value, form as forms};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Bytes of a configuration file.
const LIMIT: u64 = 1 << 20;

/// What a file and those that it extends say together.
#[derive(Debug, Default)]
pub(in crate::cli) struct Loaded {
    /// Every file that was read, as it is shown, those that are extended first.
    pub(in crate::cli) files: Vec<String>,
    pub(in crate::cli) values: Values,
    /// In the order in which they win.
    pub(in crate::cli) overrides: Vec<Override>,
    /// Absolute, as far as the file is.
    pub(in crate::cli) codemods: Vec<PathBuf>,
    /// Transforms that are named, each with its place.
    names: Vec<Named>,
}

/// Settings for some files.
#[derive(Debug)]
pub(in crate::cli) struct Override {
    /// Globs, relative to the folder to which the configuration applies.
    pub(in crate::cli) files: Vec<String>,
    pub(in crate::cli) values: Values,
}

/// A name of a transform in a file.
#[derive(Debug)]
struct Named {
    id: String,
    file: Arc<Text>,
    at: usize,
}

#[derive(Debug)]
struct Text {
    name: String,
    text: String,
}

impl Loaded {
    /// Whether every transform that is named is one of `known`.
    pub(in crate::cli) fn check_names(
        &self,
        known: &[&'static Transform],
        colour: Colour,
    ) -> Result<(), StrayProblem> {
        for Named { id, file, at } in &self.names {
            if let Err(message) = suggest::transform(id, known) {
                let error = Error { message, at: *at };
                return Err(mistake_in(&file.name, &file.text, error, colour));
            }
        }
        Ok(())
    }
}

/// Reads configuration files.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Reader {
    pub(in crate::cli) transforms: &'static [&'static Transform],
    pub(in crate::cli) colour: Colour,
}

impl Reader {
    /// Reads a file with all that it extends.
    pub(in crate::cli) fn load(self, file: &Path) -> Result<Loaded, StrayProblem> {
        let mut loaded = Loaded::default();
        self.add(file, &mut Vec::new(), &mut loaded)?;
        Ok(loaded)
    }

    /// Adds what `file` says to what is there; `chain` holds the files that lead to it.
    fn add(
        self,
        file: &Path,
        chain: &mut Vec<PathBuf>,
        loaded: &mut Loaded,
    ) -> Result<(), StrayProblem> {
        let name = shown_name(file);
        let stray = |message: String| StrayProblem { place: name.clone(), message, shown: None };
        let text = read::file(file, LIMIT).map_err(|(_, problem)| match problem {
            Problem::Unreadable(message) => stray(message),
            _ => stray("not UTF-8".to_owned()),
        })?;
        let text = Arc::new(Text { name, text });
        let wrong = |error: Error| mistake_in(&text.name, &text.text, error, self.colour);
        let Some(root) = root(&text.text).map_err(wrong)? else {
            loaded.files.push(text.name.clone());
            return Ok(());
        };
        let form = form::form(self.transforms);
        forms::check(&root, form, fits, suggest::instead).map_err(wrong)?;

        let folder = file.parent().unwrap_or(file);
        chain.push(file.canonicalize().unwrap_or_else(|_| file.to_owned()));
        for item in one_or_more(&root, "extends") {
            let path = tidy(folder.join(item.text().unwrap_or_default()));
            may_extend(&path, chain)
                .map_err(|message| wrong(Error { message, at: item.span.start }))?;
            self.add(&path, chain, loaded)?;
        }
        chain.pop();
        take(&root, &text, folder, loaded);
        Ok(())
    }
}

/// The same with `..` followed, as far as the folder is there.
fn tidy(path: PathBuf) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let tidied = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    tidied.unwrap_or(path)
}

/// Whether there is such a file, and it is none of those that lead to it.
fn may_extend(path: &Path, chain: &[PathBuf]) -> Result<(), String> {
    let unreadable = |why: &str| format!("`{}` cannot be read: {why}", shown_name(path));
    let real = path.canonicalize().map_err(|error| unreadable(&read::reason(&error)))?;
    if !real.is_file() {
        return Err(unreadable("not a regular file"));
    }
    let Some(at) = chain.iter().position(|it| *it == real) else { return Ok(()) };
    let circle = chain[at..].iter().chain([&real]).map(|it| format!("`{}`", shown_name(it)));
    Err(format!("this goes round in a circle: {}", circle.collect::<Vec<_>>().join(" extends ")))
}

/// Takes what one file says.
fn take(root: &Node, text: &Arc<Text>, folder: &Path, loaded: &mut Loaded) {
    let origin = Origin::File(Arc::from(&*text.name), 1);
    let paths = one_or_more(root, "codemods").filter_map(|item| item.text());
    loaded.codemods.extend(paths.map(|path| folder.join(path)));
    loaded.files.push(text.name.clone());
    loaded.values.extend(&settings(root, &origin));
    names(root, text, &mut loaded.names);
    let overrides = root.get("overrides").map(|it| it.items()).unwrap_or_default();
    for one in overrides {
        let files = one_or_more(one, "files").filter_map(|glob| glob.text().map(str::to_owned));
        let files = files.collect();
        names(one, text, &mut loaded.names);
        loaded.overrides.push(Override { files, values: settings(one, &origin) });
    }
}

fn names(root: &Node, text: &Arc<Text>, names: &mut Vec<Named>) {
    let transforms = root.get("transforms").map(|it| it.entries()).unwrap_or_default();
    names.extend(transforms.iter().filter_map(|(key, _)| {
        Some(Named { id: key.text()?.to_owned(), file: text.clone(), at: key.span.start })
    }));
}

fn one_or_more<'n>(root: &'n Node, key: &str) -> impl Iterator<Item = &'n Rc<Node>> {
    let (one, more) = match root.get(key) {
        Some(node) => match &node.value {
            Value::Sequence(items) => (None, &**items),
            _ => (Some(node), &[][..]),
        },
        None => (None, &[][..]),
    };
    one.into_iter().chain(more)
}
