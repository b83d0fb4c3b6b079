//! Names that are looked for in many texts: all of them in one pass over each.

use aho_corasick::packed::Searcher;

/// Some names, in the order in which they count.
pub(super) struct Names<'n> {
    all: &'n [&'n str],
    /// `None` where the processor does not have what it needs, or there are too many.
    searcher: Option<Searcher>,
}

impl<'n> Names<'n> {
    pub(super) fn of(all: &'n [&'n str]) -> Self {
        Self { all, searcher: Searcher::new(all) }
    }

    /// The first of them that stands in a text.
    pub(super) fn first_in(&self, text: &str) -> Option<&'n str> {
        // Few texts have any of them.
        match self.may_be_in(text) {
            true => self.all.iter().copied().find(|name| text.contains(name)),
            false => None,
        }
    }

    /// Whether one of them stands in a text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        match &self.searcher {
            Some(searcher) => searcher.find(text).is_some(),
            None => self.all.iter().any(|name| text.contains(name)),
        }
    }

    fn may_be_in(&self, text: &str) -> bool {
        self.searcher.as_ref().is_none_or(|it| it.find(text).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn the_first_of_the_list_counts_wherever_it_stands() {
        let names = Names::of(&["write(", "open(", "(a"]);
        assert_eq!(names.first_in("open(b); write(c)"), Some("write("));
        assert_eq!(names.first_in("x = open(a)"), Some("open("));
        assert_eq!(names.first_in("x"), None);
        assert_eq!(names.first_in(""), None);
        assert!(names.are_in("f(a)") && !names.are_in("f(b)"));
        let long = "-".repeat(5000) + "open(";
        assert_eq!(names.first_in(&long), Some("open("));
        let many: Vec<String> = (0..500).map(|it| format!("name{it}(")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let many = Names::of(&many);
        assert_eq!(many.first_in("name499( name7("), Some("name7("));
        assert!(many.are_in("name499(") && !many.are_in("name("));
        assert!(!Names::of(&[]).are_in("a") && Names::of(&[]).first_in("a").is_none());
    }
}
