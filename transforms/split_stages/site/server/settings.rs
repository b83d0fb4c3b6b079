//! What files of settings say, and what Hugo makes of an address.

/// What Hugo writes before absolute links when it serves.
pub(super) fn address(given: Option<&str>, named: Option<&str>, port: Option<u32>) -> String {
    let text = given.or(named).unwrap_or_default().trim();
    let (scheme, rest) = match text.split_once("//") {
        Some((scheme, rest)) => (format!("{scheme}//"), rest),
        None => ("//".to_owned(), text),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let end = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
    let (scheme, host) = match given {
        Some(_) => (scheme.as_str(), host),
        None if scheme == "https://" => ("http://", "localhost"),
        None => (scheme.as_str(), "localhost"),
    };
    match port {
        Some(port) => {
            let host = host.split(':').next().unwrap_or_default();
            format!("{scheme}{host}:{port}{end}")
        }
        None => format!("{scheme}{host}{end}"),
    }
}

/// What a file of settings says at its top: YAML or TOML.
pub(super) fn setting(text: &str, key: &str) -> Option<String> {
    let line = text.lines().find_map(|line| {
        let rest = line.strip_prefix(key)?.trim_start();
        rest.strip_prefix(':').or_else(|| rest.strip_prefix('='))
    })?;
    let line = line.trim();
    let value = match line.chars().next() {
        Some(quote @ ('"' | '\'')) => line[1..].split(quote).next().unwrap_or_default(),
        _ => line.split(" #").next().unwrap_or_default().trim(),
    };
    Some(if value.starts_with('#') { String::new() } else { value.to_owned() })
}

/// All that says so, wherever it stands; `key` in lower case.
pub(super) fn all_settings(text: &str, key: &str) -> Vec<String> {
    let named = |line: &str| {
        let line = line.trim().trim_start_matches('"');
        let start = line.get(..key.len())?;
        let plain =
            format!("{}{}", start.to_ascii_lowercase(), line[key.len()..].trim_start_matches('"'));
        setting(plain.trim_end_matches(','), key)
    };
    text.lines().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::{address, all_settings, setting};

    #[test]
    fn addresses_of_hugo() {
        let named = Some("https://example.org/blog/");
        assert_eq!(address(None, named, Some(1313)), "http://localhost:1313/blog/");
        assert_eq!(address(None, None, Some(80)), "//localhost:80/");
        assert_eq!(address(None, Some("/"), Some(80)), "//localhost:80/");
        assert_eq!(address(Some("https://a.org"), named, None), "https://a.org/");
        assert_eq!(address(Some("https://a.org:8/x"), named, Some(1)), "https://a.org:1/x/");
        assert_eq!(address(Some("localhost"), named, Some(80)), "//localhost:80/");
    }

    #[test]
    fn settings_of_yaml_toml_and_json() {
        assert_eq!(setting("a: b\nurl: \"x # y\" # z\n", "url").as_deref(), Some("x # y"));
        assert_eq!(setting("baseurl: # none\n", "baseurl").as_deref(), Some(""));
        assert_eq!(setting("  url: x\n", "url"), None);
        assert_eq!(all_settings("baseURL = 'https://a/'\n", "baseurl"), ["https://a/"]);
        assert_eq!(all_settings("{\n  \"baseURL\": \"https://a/\",\n}", "baseurl"), ["https://a/"]);
    }
}
