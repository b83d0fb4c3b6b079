//! The configuration of nginx that answers as the old server did.

use super::server::{Generator, Port, Server, Site};

/// A line each, without quotes that a shell would need.
pub(super) fn lines(site: &Site) -> Vec<String> {
    let port = match site.port {
        Port::Fixed(number) => number.to_string(),
        Port::Variable(_) => "${PORT}".to_owned(),
    };
    let mut lines = vec![
        format!("listen {port};"),
        format!("root {};", site.root),
        "include mime.types;".to_owned(),
        "types { application/javascript mjs; application/json map; application/manifest+json webmanifest; text/markdown md; }".to_owned(),
        "absolute_redirect off;".to_owned(),
    ];
    let is_bare = [
        Server::Python,
        Server::Generated(Generator::MdBook),
        Server::Generated(Generator::MkDocs),
    ];
    if !is_bare.contains(&site.server) {
        lines.push("charset utf-8;".to_owned());
        lines.push("charset_types text/css text/plain text/xml text/javascript application/javascript application/json;".to_owned());
    }
    if site.gzip {
        lines.push("gzip on;".to_owned());
        lines.push("gzip_min_length 1024;".to_owned());
        lines.push("gzip_proxied any;".to_owned());
        lines.push("gzip_vary on;".to_owned());
        lines.push("gzip_types text/css text/javascript text/plain text/xml application/javascript application/json application/manifest+json image/svg+xml;".to_owned());
    }
    if site.gzip_static {
        lines.push("gzip_static on;".to_owned());
    }
    if let Some(cache) = &site.cache {
        lines.push(format!("add_header Cache-Control \"{cache}\";"));
    }
    if site.cors {
        lines.push("add_header Access-Control-Allow-Origin * always;".to_owned());
        lines.push("add_header Access-Control-Allow-Headers \"*\" always;".to_owned());
        lines.push("if ($request_method = OPTIONS) { return 204; }".to_owned());
    }
    lines.extend(rules(site));
    let inside = lines.into_iter().map(|line| format!("    {line}"));
    std::iter::once("server {".to_owned()).chain(inside).chain(["}".to_owned()]).collect()
}

/// What a path means.
fn rules(site: &Site) -> Vec<String> {
    // `/about.html` and `/about/index` are called `/about`.
    const CLEAN: [&str; 3] = [
        "if ($request_uri ~ \"^/index(\\?|$)\") { return 301 /; }",
        "if ($request_uri ~ \"^(/[^?]+)/index(\\?|$)\") { return 301 $1; }",
        "if ($request_uri ~ \"^(/[^?]+)[.]html(\\?|$)\") { return 301 $1; }",
    ];
    const LISTS: &str = "autoindex on;";
    const MISSING: &str = "error_page 404 /404.html;";
    const FLAT: &str = "location @flat { rewrite ^(.+)/$ $1.html break; }";
    const SLASH: &str = "if (-d $request_filename) { rewrite [^/]$ $uri/ redirect; }";
    let mut rules = Vec::new();
    match (site.server, site.single) {
        (Server::Serve, true) => {
            rules.extend(CLEAN);
            rules.push("location / { try_files $uri /index.html; }");
        }
        (Server::Serve, false) => {
            rules.extend(CLEAN);
            rules.extend([MISSING, LISTS]);
            rules.push("location / { try_files $uri $uri/index.html $uri.html $uri/ @flat; }");
            rules.push(FLAT);
        }
        (Server::Docusaurus, _) => {
            rules.extend(CLEAN);
            rules.push(MISSING);
            rules.push("location / { try_files $uri $uri/index.html $uri.html @flat; }");
            rules.push(FLAT);
        }
        (Server::Http, _) => {
            rules.push(MISSING);
            if site.lists {
                rules.push(LISTS);
            }
            rules.push(SLASH);
            rules.push("location / { try_files $uri $uri/ $uri.html =404; }");
        }
        (Server::Preview, _) => {
            rules.push("location / { try_files $uri @page; }");
            rules.push("location @page { rewrite ^(.*)/$ $1/index.html break; rewrite ^(.*)$ $1.html break; try_files $uri /index.html; }");
        }
        (Server::Generated(generator), _) => return generated(site, generator),
        (Server::Python | Server::Development(_), _) => {
            rules.push("index index.html index.htm;");
            rules.push(LISTS);
        }
    }
    rules.into_iter().map(str::to_owned).collect()
}

/// What a path means to the server of a generator.
fn generated(site: &Site, generator: Generator) -> Vec<String> {
    let base = &site.base;
    let mut rules = vec![format!("error_page 404 {base}/404.html;")];
    let is_below = !base.is_empty();
    match generator {
        Generator::Hugo => {
            let index =
                "if ($request_uri ~ \"^(/([^?]*/)?)index[.]html(\\?|$)\") { return 301 $1; }";
            rules.push(index.to_owned());
        }
        Generator::Jekyll => {
            rules.push("location / { try_files $uri $uri/ $uri.html =404; }".to_owned());
        }
        Generator::MdBook => {
            rules.push("location / { try_files $uri $uri/index.html =404; }".to_owned());
        }
        Generator::MkDocs => {
            if is_below {
                rules.push(format!("location = / {{ return 302 {base}/; }}"));
            }
            rules.push("if (-d $request_filename) { rewrite [^/]$ $uri/ redirect; }".to_owned());
        }
    }
    rules
}
