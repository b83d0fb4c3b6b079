//! The packages of Alpine with the libraries that its `-dev` packages are for.
//!
//! `subpackages` in the `APKBUILD`s of <https://gitlab.alpinelinux.org/alpine/aports>, in November 2026.

/// A `-dev` package, what programs name behind `-l` to be linked with it, and the packages that they need then.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("argon2-dev", "argon2", "argon2-libs"),
    ("brotli-dev", "brotlienc brotlidec brotlicommon", "brotli-libs"),
    ("bzip2-dev", "bz2", "libbz2"),
    ("c-ares-dev", "cares", "c-ares"),
    ("cairo-dev", "cairo", "cairo"),
    ("curl-dev", "curl", "libcurl"),
    ("cyrus-sasl-dev", "sasl2", "libsasl"),
    ("expat-dev", "expat", "libexpat"),
    ("freetds-dev", "sybdb ct", "freetds"),
    ("freetype-dev", "freetype", "freetype"),
    ("gdbm-dev", "gdbm", "gdbm"),
    ("giflib-dev", "gif", "giflib"),
    ("glib-dev", "glib-2.0 gobject-2.0 gio-2.0", "glib"),
    ("gmp-dev", "gmp gmpxx", "gmp libgmpxx"),
    ("hiredis-dev", "hiredis", "hiredis"),
    ("icu-dev", "icuuc icui18n icudata icuio", "icu-libs"),
    ("jansson-dev", "jansson", "jansson"),
    ("json-c-dev", "json-c", "json-c"),
    ("krb5-dev", "krb5 gssapi_krb5", "krb5-libs"),
    ("lcms2-dev", "lcms2", "lcms2"),
    ("libcap-dev", "cap", "libcap2"),
    ("libcurl-dev", "", "libcurl"),
    ("libedit-dev", "edit", "libedit"),
    ("libev-dev", "ev", "libev"),
    ("libevent-dev", "event event_core event_pthreads", "libevent"),
    ("libffi-dev", "ffi", "libffi"),
    ("libgit2-dev", "git2", "libgit2"),
    ("libjpeg-turbo-dev", "jpeg turbojpeg", "libjpeg-turbo"),
    ("jpeg-dev", "", "libjpeg-turbo"),
    ("libmemcached-dev", "memcached", "libmemcached-libs"),
    ("libmicrohttpd-dev", "microhttpd", "libmicrohttpd"),
    ("libpcap-dev", "pcap", "libpcap"),
    ("libpng-dev", "png png16", "libpng"),
    ("libpq-dev", "pq", "libpq"),
    ("libsodium-dev", "sodium", "libsodium"),
    ("libssh2-dev", "ssh2", "libssh2"),
    ("libuv-dev", "uv", "libuv"),
    ("libwebp-dev", "webp", "libwebp"),
    ("libxml2-dev", "xml2", "libxml2"),
    ("libxslt-dev", "xslt exslt", "libxslt"),
    ("libzip-dev", "zip", "libzip"),
    ("linux-pam-dev", "pam", "linux-pam"),
    ("lmdb-dev", "lmdb", "lmdb"),
    ("lz4-dev", "lz4", "lz4-libs"),
    ("mariadb-connector-c-dev", "mariadb mysqlclient", "mariadb-connector-c"),
    ("mariadb-dev", "", "mariadb-connector-c"),
    ("mosquitto-dev", "mosquitto", "mosquitto-libs"),
    ("ncurses-dev", "ncurses ncursesw", "ncurses-libs"),
    ("nghttp2-dev", "nghttp2", "nghttp2-libs"),
    ("oniguruma-dev", "onig", "oniguruma"),
    ("openldap-dev", "ldap lber", "libldap"),
    ("pcre-dev", "pcre", "pcre"),
    ("pcre2-dev", "pcre2-8", "pcre2"),
    ("postgresql-dev", "", "libpq"),
    ("readline-dev", "readline", "readline"),
    ("sqlite-dev", "sqlite3", "sqlite-libs"),
    ("tiff-dev", "tiff", "tiff"),
    ("unixodbc-dev", "odbc", "unixodbc"),
    ("util-linux-dev", "uuid", "libuuid libblkid libmount"),
    ("vips-dev", "vips", "vips"),
    ("xz-dev", "lzma", "xz-libs"),
    ("yaml-dev", "yaml", "yaml"),
    ("zeromq-dev", "zmq", "libzmq"),
    ("zlib-dev", "z", "zlib"),
    ("zstd-dev", "zstd", "zstd-libs"),
];

/// `-dev` packages with headers alone, or with what becomes part of the program.
const HEADERS: &[&str] =
    &["libc-dev", "linux-headers", "musl-dev", "nlohmann-json", "rapidjson-dev"];

pub(super) fn of_dev(name: &str, has_openssl_3: bool) -> Option<Vec<String>> {
    if name == "openssl-dev" {
        return Some(openssl(has_openssl_3));
    }
    if HEADERS.contains(&name) || name.ends_with("-static") {
        return Some(Vec::new());
    }
    ROWS.iter().find(|row| row.0 == name).map(packages)
}

pub(super) fn of_link(name: &str, has_openssl_3: bool) -> Option<Vec<String>> {
    if matches!(name, "crypto" | "ssl") {
        return Some(openssl(has_openssl_3));
    }
    let row = ROWS.iter().find(|row| row.1.split(' ').any(|it| it == name));
    row.map(packages)
}

pub(super) fn links_of(name: &str) -> Option<&'static str> {
    match name {
        "openssl-dev" => Some("ssl crypto"),
        name => ROWS.iter().find(|row| row.0 == name).map(|row| row.1),
    }
}

fn packages(row: &Row) -> Vec<String> {
    row.2.split(' ').map(str::to_owned).collect()
}

fn openssl(is_3: bool) -> Vec<String> {
    let names = if is_3 { ["libcrypto3", "libssl3"] } else { ["libcrypto1.1", "libssl1.1"] };
    names.map(str::to_owned).to_vec()
}
