//! `jettison migrate patches`: a series for `git am`, a title and a body for each part.

use super::super::{Refusal, git, read, write};
use super::store::Left;
use super::work::{Base, Ready, Work, Worked};
use crate::report::campaign::body::Body;
use crate::report::campaign::document::Plan;
use crate::report::campaign::mail::{Mail, patch};
use crate::report::campaign::parts::slug;
use crate::report::campaign::{File, Part};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Who patches are from where git knows nobody.
const NOBODY: &str = "jettison <jettison@localhost>";

const TITLE: &str = "title.txt";

pub(super) struct Patches<'p> {
    pub(super) root: &'p Path,
    /// Absolute.
    pub(super) output: PathBuf,
    pub(super) author: Option<String>,
    pub(super) plan: &'p Plan,
}

impl Patches<'_> {
    /// Writes those of one part, if it has any that are not in the files yet, and names their folder.
    pub(super) fn write(
        &self,
        part: &Part,
        files: &HashMap<String, File>,
        work: &Work<'_>,
    ) -> Result<(Worked, Option<String>), Refusal> {
        // By transform, in the order in which they run.
        let mut patches: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut body = Body::new(&self.plan.transforms);
        let mut act = |ready: Vec<Ready>| -> Result<(), Vec<Left>> {
            for file in &ready {
                body.add(part, &files[&file.path]);
                for (index, step) in file.steps.iter().enumerate() {
                    let order =
                        self.plan.transforms.iter().position(|it| it.id == *step.transform.id);
                    let is_new = file.is_new && index == 0;
                    let bytes = patch(file.name(), is_new, &step.before, &step.after);
                    patches.entry(order.unwrap_or_default()).or_default().extend(bytes);
                }
            }
            Ok(())
        };
        let worked = work.part(part, Base::Part, &mut act);
        let name = format!("{:03}-{}", part.number, slug(&part.branch));
        let folder = self.output.join(&name);
        let told = |message: String| format!("`{}`: {message}", folder.display());
        if patches.is_empty() {
            self.clear(&folder, &[]).map_err(told)?;
            return Ok((worked, None));
        }
        std::fs::create_dir_all(&folder).map_err(|error| told(read::reason(&error)))?;
        let author = self.author(part);
        let count = patches.len();
        let mut written = Vec::new();
        for (index, (order, patch)) in patches.iter().enumerate() {
            let id = self.plan.transforms.get(*order).map_or("other", |it| &it.id);
            let (subject, message) = body.commit(id, part);
            let mail = Mail {
                author: &author,
                number: index + 1,
                count,
                subject: &subject,
                body: &message,
            };
            let name = format!("{:04}-{id}.patch", index + 1);
            write::put(&folder.join(&name), &mail.with(patch)).map_err(told)?;
            written.push(name);
        }
        let title = format!("{}\n", part.title);
        write::put(&folder.join(TITLE), title.as_bytes()).map_err(told)?;
        let body = body.markdown(&self.plan.head, part);
        write::put(&folder.join("body.md"), body.as_bytes()).map_err(told)?;
        self.clear(&folder, &written).map_err(told)?;
        Ok((worked, Some(name)))
    }

    /// Removes patches of a folder of ours that were there before and are not among `kept`.
    fn clear(&self, folder: &Path, kept: &[String]) -> Result<(), String> {
        if !folder.join(TITLE).is_file() {
            return Ok(());
        }
        let entries = std::fs::read_dir(folder).map_err(|error| read::reason(&error))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_numbered = name.get(..4).is_some_and(|it| it.parse::<u16>().is_ok());
            let is_ours = is_numbered && name.ends_with(".patch");
            if is_ours && !kept.iter().any(|it| it == name) {
                std::fs::remove_file(&path).map_err(|error| read::reason(&error))?;
            }
        }
        Ok(())
    }

    fn author(&self, part: &Part) -> String {
        let known = || {
            let top = self.root.join(&part.repository);
            let identity = git::line(&top, &["var", "GIT_AUTHOR_IDENT"], &[], b"").ok()?;
            let end = identity.rfind('>')?;
            Some(identity[..=end].to_owned())
        };
        self.author.clone().or_else(known).unwrap_or_else(|| NOBODY.to_owned())
    }
}
