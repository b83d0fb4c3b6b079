//! Options of command lines.

/// The value of an option, as its own word or behind `=`.
pub(super) fn value<'w>(words: &[&'w str], names: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| {
        if names.contains(word) {
            return words.get(at + 1).copied();
        }
        let (name, value) = word.split_once('=')?;
        names.contains(&name).then_some(value)
    })
}

/// All values of an option that may stand there several times.
pub(super) fn values<'w>(words: &[&'w str], names: &[&str]) -> Vec<&'w str> {
    (0..words.len())
        .filter_map(|at| {
            let window = &words[at..words.len().min(at + 2)];
            let is_it = names.iter().any(|name| {
                window[0] == *name
                    || window[0].strip_prefix(name).is_some_and(|it| it.starts_with('='))
            });
            is_it.then(|| value(window, names)).flatten()
        })
        .collect()
}
