//! The shared libraries of images, by soname, as their packages have them on amd64.

/// Of the package `libc6` of Debian 13.
#[rustfmt::skip]
pub(super) const GLIBC: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libdl.so.2", "libm.so.6", "libmvec.so.1",
    "libnsl.so.1", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2", "libpthread.so.0",
    "libresolv.so.2", "librt.so.1", "libthread_db.so.1", "libutil.so.1",
];

/// And of `libssl3t64`, `libzstd1` and `zlib1g`.
#[rustfmt::skip]
pub(super) const OPENSSL: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libcrypto.so.3", "libdl.so.2", "libm.so.6",
    "libmvec.so.1", "libnsl.so.1", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2",
    "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libssl.so.3", "libthread_db.so.1",
    "libutil.so.1", "libz.so.1", "libzstd.so.1",
];

/// And of `libgomp1`, `libstdc++6` and `libgcc-s1`.
#[rustfmt::skip]
pub(super) const GCC: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libcrypto.so.3", "libdl.so.2",
    "libgcc_s.so.1", "libgomp.so.1", "libm.so.6", "libmvec.so.1", "libnsl.so.1",
    "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2", "libpthread.so.0",
    "libresolv.so.2", "librt.so.1", "libssl.so.3", "libstdc++.so.6", "libthread_db.so.1",
    "libutil.so.1", "libz.so.1", "libzstd.so.1",
];

/// And of `libatomic1`.
#[rustfmt::skip]
pub(super) const NODE_26: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libatomic.so.1", "libc.so.6", "libcrypto.so.3",
    "libdl.so.2", "libgcc_s.so.1", "libgomp.so.1", "libm.so.6", "libmvec.so.1", "libnsl.so.1",
    "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2", "libpthread.so.0",
    "libresolv.so.2", "librt.so.1", "libssl.so.3", "libstdc++.so.6", "libthread_db.so.1",
    "libutil.so.1", "libz.so.1", "libzstd.so.1",
];

/// And of what `python3.13` needs.
#[rustfmt::skip]
pub(super) const PYTHON: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libbz2.so.1.0", "libc.so.6", "libcom_err.so.2",
    "libcrypt.so.1", "libcrypto.so.3", "libdb-5.3.so", "libdl.so.2", "libexpat.so.1",
    "libexpatw.so.1", "libffi.so.8", "libformw.so.6", "libgcc_s.so.1", "libgomp.so.1",
    "libgssapi_krb5.so.2", "libhistory.so.8", "libk5crypto.so.3", "libkeyutils.so.1",
    "libkrb5.so.3", "libkrb5support.so.0", "liblzma.so.5", "libm.so.6", "libmenuw.so.6",
    "libmvec.so.1", "libncursesw.so.6", "libnsl.so.1", "libnsl.so.2", "libnss_compat.so.2",
    "libnss_dns.so.2", "libnss_files.so.2", "libpanelw.so.6", "libpthread.so.0", "libreadline.so.8",
    "libresolv.so.2", "librt.so.1", "libsqlite3.so.0", "libssl.so.3", "libstdc++.so.6",
    "libthread_db.so.1", "libtic.so.6", "libtinfo.so.6", "libtirpc.so.3", "libutil.so.1",
    "libuuid.so.1", "libz.so.1", "libzstd.so.1",
];

/// Of `libc6` and of what a Java runtime needs.
#[rustfmt::skip]
pub(super) const JAVA: &[&str] = &[
    "libBrokenLocale.so.1", "libanl.so.1", "libbrotlicommon.so.1", "libbrotlidec.so.1",
    "libbrotlienc.so.1", "libbz2.so.1.0", "libc.so.6", "libcrypt.so.1", "libdl.so.2",
    "libexpat.so.1", "libexpatw.so.1", "libfontconfig.so.1", "libfreetype.so.6", "libgcc_s.so.1",
    "libjpeg.so.62", "liblcms2.so.2", "libm.so.6", "libmvec.so.1", "libnsl.so.1",
    "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2", "libpng16.so.16",
    "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libstdc++.so.6", "libthread_db.so.1",
    "libutil.so.1", "libuuid.so.1", "libz.so.1",
];

/// Of every package that `debian:bookworm-slim` has.
#[rustfmt::skip]
pub(super) const DEBIAN_BOOKWORM: &[&str] = &[
    "libBrokenLocale.so.1", "libacl.so.1", "libanl.so.1", "libattr.so.1", "libaudit.so.1",
    "libblkid.so.1", "libbz2.so.1", "libc.so.6", "libcap-ng.so.0", "libcap.so.2", "libcom_err.so.2",
    "libcrypt.so.1", "libdl.so.2", "libe2p.so.2", "libext2fs.so.2", "libffi.so.8", "libgcc_s.so.1",
    "libgcrypt.so.20", "libgmp.so.10", "libgnutls.so.30", "libgpg-error.so.0", "libhogweed.so.6",
    "libidn2.so.0", "liblz4.so.1", "liblzma.so.5", "libm.so.6", "libmd.so.0", "libmount.so.1",
    "libmvec.so.1", "libnettle.so.8", "libnsl.so.1", "libnss_compat.so.2", "libnss_dns.so.2",
    "libnss_files.so.2", "libp11-kit.so.0", "libpam.so.0", "libpam_misc.so.0", "libpamc.so.0",
    "libpcre2-8.so.0", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libseccomp.so.2",
    "libselinux.so.1", "libsemanage.so.2", "libsepol.so.2", "libsmartcols.so.1", "libss.so.2",
    "libstdc++.so.6", "libsystemd.so.0", "libtasn1.so.6", "libthread_db.so.1", "libtic.so.6",
    "libtinfo.so.6", "libudev.so.1", "libunistring.so.2", "libutil.so.1", "libuuid.so.1",
    "libxxhash.so.0", "libz.so.1", "libzstd.so.1",
];

/// Of every package that `debian:trixie-slim` has.
#[rustfmt::skip]
pub(super) const DEBIAN_TRIXIE: &[&str] = &[
    "libBrokenLocale.so.1", "libacl.so.1", "libanl.so.1", "libattr.so.1", "libaudit.so.1",
    "libblkid.so.1", "libbsd.so.0", "libbz2.so.1", "libc.so.6", "libcap-ng.so.0", "libcap.so.2",
    "libcrypt.so.1", "libcrypto.so.3", "libdl.so.2", "libgcc_s.so.1", "libgmp.so.10",
    "libhogweed.so.6", "liblastlog2.so.2", "liblz4.so.1", "liblzma.so.5", "libm.so.6", "libmd.so.0",
    "libmount.so.1", "libmvec.so.1", "libnettle.so.8", "libnsl.so.1", "libnss_compat.so.2",
    "libnss_dns.so.2", "libnss_files.so.2", "libpam.so.0", "libpam_misc.so.0", "libpamc.so.0",
    "libpcre2-8.so.0", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libseccomp.so.2",
    "libselinux.so.1", "libsemanage.so.2", "libsepol.so.2", "libsmartcols.so.1", "libsqlite3.so.0",
    "libssl.so.3", "libstdc++.so.6", "libsystemd.so.0", "libthread_db.so.1", "libtic.so.6",
    "libtinfo.so.6", "libudev.so.1", "libutil.so.1", "libuuid.so.1", "libxxhash.so.0", "libz.so.1",
    "libzstd.so.1",
];

/// What every release of Debian since 9 and of Ubuntu since 18.04 has without further packages.
#[rustfmt::skip]
pub(super) const DEBIAN_OR_UBUNTU: &[&str] = &[
    "libanl.so.1", "libc.so.6", "libcrypt.so.1", "libdl.so.2", "libgcc_s.so.1", "liblzma.so.5",
    "libm.so.6", "libnsl.so.1", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2",
    "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libselinux.so.1", "libstdc++.so.6",
    "libthread_db.so.1", "libtinfo.so.6", "libutil.so.1", "libuuid.so.1", "libz.so.1",
];

/// Of Alpine since 3.17; before, OpenSSL was 1.1.
#[rustfmt::skip]
pub(super) const ALPINE: &[&str] = &[
    "libcrypto.so.3", "libssl.so.3", "libz.so.1",
];

/// Of the package `glibc` of every distribution.
#[rustfmt::skip]
pub(super) const GLIBC_ANYWHERE: &[&str] = &[
    "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1",
    "libutil.so.1",
];

/// And of what Python and its own modules are linked with, on Debian 12 and 13: the image keeps it.
/// <https://github.com/docker-library/python/blob/master/Dockerfile-linux.template>
#[rustfmt::skip]
pub(super) const PYTHON_SLIM: &[&str] = &[
    "libanl.so.1", "libbz2.so.1.0", "libc.so.6", "libcrypt.so.1", "libcrypto.so.3", "libdl.so.2",
    "libffi.so.8", "libgcc_s.so.1", "liblzma.so.5", "libm.so.6", "libncursesw.so.6", "libpthread.so.0",
    "libreadline.so.8", "libresolv.so.2", "librt.so.1", "libselinux.so.1", "libsqlite3.so.0",
    "libssl.so.3", "libstdc++.so.6", "libtinfo.so.6", "libutil.so.1", "libuuid.so.1", "libz.so.1",
];

/// Likewise: <https://github.com/docker-library/ruby/blob/master/Dockerfile.template>.
#[rustfmt::skip]
pub(super) const RUBY_SLIM: &[&str] = &[
    "libanl.so.1", "libc.so.6", "libcrypt.so.1", "libcrypto.so.3", "libdl.so.2", "libffi.so.8",
    "libgcc_s.so.1", "libgmp.so.10", "liblzma.so.5", "libm.so.6", "libpthread.so.0",
    "libresolv.so.2", "librt.so.1", "libselinux.so.1", "libssl.so.3", "libstdc++.so.6",
    "libtinfo.so.6", "libutil.so.1", "libuuid.so.1", "libyaml-0.so.2", "libz.so.1",
];
