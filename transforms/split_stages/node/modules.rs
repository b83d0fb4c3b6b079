//! What packages of npm need of the system when they run.

use super::super::package_json::Manifest;

/// What a package needs besides Node.js.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A shell, which it gives commands.
    Shell,
    /// A program or library of the distribution, by the name of its package in Debian and Alpine.
    Package(&'static str, &'static str),
    /// It writes files where the program works.
    Writes,
    /// More than is known.
    Much(&'static str),
}

use Need::{Much, Package, Shell, Writes};

const BROWSER: Need = Much("drives a browser, which needs a desktop's libraries");

/// Packages, with what they need. What is not here needs nothing, or brings it along: native add-ons are
/// linked with the C and C++ libraries alone.
const MODULES: &[(&str, Need)] = &[
    ("@adiwajshing/baileys", Writes),
    ("@adonisjs/core", Writes),
    ("@keystone-6/core", Writes),
    ("@keyv/sqlite", Writes),
    ("@nestjs/cli", Shell),
    ("@open-wa/wa-automate", BROWSER),
    ("@playwright/test", BROWSER),
    ("@prisma/client", Package("openssl", "openssl")),
    ("@remotion/renderer", BROWSER),
    ("@seald-io/nedb", Writes),
    ("@strapi/strapi", Writes),
    ("@tensorflow/tfjs-node", Writes),
    ("@tensorflow/tfjs-node-gpu", Much("runs on a graphics processor")),
    ("@whiskeysockets/baileys", Writes),
    ("@wppconnect-team/wppconnect", BROWSER),
    ("apostrophe", Writes),
    ("better-sqlite3", Writes),
    ("canvas", Much("draws with fonts of the distribution")),
    ("chromium", BROWSER),
    ("conf", Writes),
    ("configstore", Writes),
    ("connect-sqlite3", Writes),
    ("croxydb", Writes),
    ("cypress", BROWSER),
    ("directus", Writes),
    ("electron", BROWSER),
    ("enmap", Writes),
    ("express-fileupload", Writes),
    ("file-stream-rotator", Writes),
    ("find-process", Package("procps", "procps")),
    ("fluent-ffmpeg", Package("ffmpeg", "ffmpeg")),
    ("formidable", Writes),
    ("gatsby", Writes),
    ("ghost", Writes),
    ("gl", Much("draws with libraries of a desktop")),
    ("gm", Package("imagemagick", "imagemagick")),
    ("hexo", Writes),
    ("html-pdf", BROWSER),
    ("i18n", Writes),
    ("ibm_db", Much("needs libraries of its database")),
    ("imagemagick", Package("imagemagick", "imagemagick")),
    ("java", Much("needs Java")),
    ("json-db", Writes),
    ("json-server", Writes),
    ("kerberos", Package("libgssapi-krb5-2", "krb5-libs")),
    ("keystone", Writes),
    ("level", Writes),
    ("level-party", Writes),
    ("leveldown", Writes),
    ("levelup", Writes),
    ("libreoffice-convert", Much("needs an office program")),
    ("lmdb", Writes),
    ("log4js", Writes),
    ("lokijs", Writes),
    ("lowdb", Writes),
    ("megadb", Writes),
    ("multer", Writes),
    ("nedb", Writes),
    ("nedb-promises", Writes),
    ("newrelic", Writes),
    ("next", Writes),
    ("nightmare", BROWSER),
    ("node-cmd", Shell),
    ("node-gyp", Much("compiles when it runs")),
    ("node-json-db", Writes),
    ("node-libcurl", Much("needs libraries of the distribution")),
    ("node-localstorage", Writes),
    ("node-os-utils", Shell),
    ("node-persist", Writes),
    ("node-rdkafka", Much("needs libraries of the distribution")),
    ("node-red", Writes),
    ("node-sass-middleware", Writes),
    ("node-tesseract-ocr", Package("tesseract-ocr", "tesseract-ocr")),
    ("node-wkhtmltopdf", BROWSER),
    ("nodegit", Much("needs libraries of the distribution")),
    ("nuxt", Writes),
    ("odbc", Much("needs libraries of the distribution")),
    ("opencv4nodejs", Much("needs libraries of the distribution")),
    ("oracledb", Much("may need libraries of its database")),
    ("parse-server", Writes),
    ("payload", Writes),
    ("pdf2pic", Much("needs programs of the distribution")),
    ("pg-native", Package("libpq5", "libpq")),
    ("phantomjs", BROWSER),
    ("phantomjs-prebuilt", BROWSER),
    ("pidusage", Package("procps", "procps")),
    ("playwright", BROWSER),
    ("playwright-core", BROWSER),
    ("pm2", Package("procps", "procps")),
    ("pouchdb", Writes),
    ("prisma", Package("openssl", "openssl")),
    ("ps-list", Package("procps", "procps")),
    ("ps-node", Package("procps", "procps")),
    ("ps-tree", Package("procps", "procps")),
    ("puppeteer", BROWSER),
    ("puppeteer-core", BROWSER),
    ("puppeteer-extra", BROWSER),
    ("python-shell", Much("needs Python")),
    ("quick.db", Writes),
    ("rocksdb", Writes),
    ("rotating-file-stream", Writes),
    ("sails", Writes),
    ("selenium-webdriver", BROWSER),
    ("session-file-store", Writes),
    ("shelljs", Shell),
    ("simple-git", Package("git", "git")),
    ("simple-json-db", Writes),
    ("sqlite3", Writes),
    ("stormdb", Writes),
    ("systeminformation", Shell),
    ("tesseract.js", Writes),
    ("typeorm-sqlite", Writes),
    ("usb", Much("needs libraries of the distribution")),
    ("venom-bot", BROWSER),
    ("verdaccio", Writes),
    ("whatsapp-web.js", BROWSER),
    ("winston-daily-rotate-file", Writes),
    ("wkhtmltopdf", BROWSER),
    ("youtube-dl-exec", Much("needs Python")),
    ("zip-bun", Much("compiles when it runs")),
    ("zx", Shell),
];

/// Packages that bring the program along for which another would need one of the distribution.
const BROUGHT: &[(&str, &str)] =
    &[("fluent-ffmpeg", "ffmpeg-static"), ("fluent-ffmpeg", "@ffmpeg-installer/ffmpeg")];

/// What the packages need that a program depends on, each with its name.
pub(super) fn needs(manifest: &Manifest) -> Vec<(&'static str, Need)> {
    let mut all = Vec::new();
    for name in manifest.dependencies() {
        let brought =
            || BROUGHT.iter().any(|(whose, by)| *whose == name && manifest.depends_on(by));
        if let Some((name, need)) = MODULES.iter().find(|(it, _)| *it == name)
            && !brought()
        {
            all.push((*name, *need));
        }
    }
    all
}

/// Packages whose programs are called otherwise, with these.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("@adonisjs/cli", &["adonis"]),
    ("@angular/cli", &["ng"]),
    ("@babel/cli", &["babel"]),
    ("@babel/node", &["babel-node"]),
    ("@feathersjs/cli", &["feathers"]),
    ("@nestjs/cli", &["nest"]),
    ("@remix-run/dev", &["remix"]),
    ("@remix-run/serve", &["remix-serve"]),
    ("@strapi/strapi", &["strapi"]),
    ("@vue/cli-service", &["vue-cli-service"]),
    ("babel-cli", &["babel", "babel-node"]),
    ("coffeescript", &["coffee"]),
    ("dotenv-cli", &["dotenv"]),
    ("npm-run-all", &["npm-run-all", "run-p", "run-s"]),
    ("npm-run-all2", &["npm-run-all", "run-p", "run-s"]),
    ("pm2", &["pm2", "pm2-runtime"]),
    ("sequelize-cli", &["sequelize", "sequelize-cli"]),
    ("typeorm", &["typeorm", "typeorm-ts-node-commonjs", "typeorm-ts-node-esm"]),
    ("typescript", &["tsc"]),
    ("webpack-cli", &["webpack"]),
];

/// The package from which a program in `node_modules/.bin` comes.
pub(super) fn package_of<'m>(manifest: &'m Manifest, program: &'m str) -> Option<&'m str> {
    if manifest.depends_on(program) {
        return Some(program);
    }
    let has = |(package, programs): &&(&'static str, &[&str])| {
        programs.contains(&program) && manifest.depends_on(package)
    };
    PROGRAMS.iter().find(has).map(|(package, _)| *package)
}
