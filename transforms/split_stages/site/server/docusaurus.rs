//! `docusaurus serve`: files that a build has made.

use super::super::super::Stop;
use super::Read;
use crate::facts::resolve;

impl Read<'_, '_, '_> {
    pub(super) fn docusaurus(&mut self) -> Result<(), Stop> {
        let words = self.words();
        let mut rest = words.iter().skip(1);
        let mut host = "localhost".to_owned();
        let mut builds = false;
        while let Some(word) = rest.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut value = || value.clone().or_else(|| rest.next().cloned()).unwrap_or_default();
            match option {
                "-p" | "--port" => self.port = Some(value()),
                "-h" | "--host" => host = value(),
                "--dir" => self.root = Some(value()),
                "--build" => builds = true,
                "--no-open" => (),
                _ => return self.stop(format!("nginx has nothing like `{word}`")),
            }
        }
        self.host(&host)?;
        let text = self.docusaurus_config()?;
        let (_, address) = text.split_once("baseUrl:").unwrap_or_default();
        if !["'/'", "\"/\"", "`/`"].iter().any(|it| address.trim_start().starts_with(it)) {
            return self.stop("below which path Docusaurus serves the site is not certain");
        }
        if text.contains("trailingSlash") {
            return self.stop(
                "the configuration of Docusaurus has rules for the server (`trailingSlash`)",
            );
        }
        let root = self.root.get_or_insert_with(|| "build".to_owned()).clone();
        if builds {
            let given = if root == "build" { String::new() } else { format!(" --out-dir {root}") };
            self.site.made = Some(format!("npx docusaurus build{given}"));
            let note = "the site is made when the image is built, and not when a container starts";
            self.site.notes.push(note.to_owned());
        }
        self.site.lists = false;
        self.settle_port(false, 3000)
    }

    fn docusaurus_config(&self) -> Result<String, Stop> {
        let workdir = self.case.workdir()?;
        for end in ["js", "ts", "mjs", "cjs", "mts", "cts"] {
            let name = format!("docusaurus.config.{end}");
            let place = resolve(Some(workdir), &name).unwrap_or_default();
            if let Some(text) = self.case.source(&place)?.and_then(|it| self.case.text(&it)) {
                return Ok(text.to_string());
            }
        }
        self.stop(format!("no configuration of Docusaurus is in `{workdir}`"))
    }
}
