//! The flags of commands that build images: which of them take a value.
//!
//! Sources: the flag definitions of buildx (`commands/build.go`), Buildah (`pkg/cli/common.go`, which Podman
//! uses, too), nerdctl (`builder_build.go`) and kaniko (`cmd/executor/cmd/root.go`), and Docker's classic
//! builder.

/// Long flags with a value.
const VALUES: &str = "
    add-host allow annotation arch attest authfile blob-cache bucket build-arg build-arg-file build-context builder
    buildkit-host cache-dir cache-from cache-repo cache-to cache-ttl call cap-add cap-drop cdi-config-dir cert-dir
    cgroup-parent cgroupns compression compression-format compression-level context context-sub-path cpp-flag
    cpu-period cpu-quota cpu-shares cpuset-cpus cpuset-mems creds custom-platform customPlatform cw decryption-key
    destination device digest-file dns dns-option dns-search dockerfile env file format from git group-add hooks-dir
    ignore-path ignorefile iidfile iidfile-raw image-download-retry image-fs-extract-retry
    image-name-tag-with-digest-file image-name-with-digest-file ipc isolation jobs kaniko-dir label layer-label
    log-format logfile manifest memory memory-swap metadata-file mount network no-cache-filter oci-layout-path os
    os-feature os-version output pid platform policy print progress provenance push-retry registry-certificate
    registry-client-cert registry-map registry-mirror resource retry retry-delay runtime-flag rusage-logfile sbom
    sbom-image-output sbom-image-purl-output sbom-merge-strategy sbom-output sbom-purl-output sbom-scanner-command
    sbom-scanner-image secret security-opt shm-size sign-by signature-policy skip-tls-verify-registry snapshot-mode
    snapshotMode source-date-epoch source-policy-file ssh tag tar-path tarPath target timestamp ulimit
    unsetannotation unsetenv unsetlabel userns userns-gid-map userns-gid-map-group userns-uid-map
    userns-uid-map-user uts variant verbosity volume";

/// Long flags that have a value only after `=`.
const SWITCHES: &str = "
    all-platforms cache cache-copy-layers cache-run-layers check cleanup compat-volumes compress compressed-caching
    created-annotation debug disable-compression disable-content-trust force force-build-metadata force-compression
    force-rm http-proxy identity-label ignore-var-run inherit-annotations inherit-labels insecure insecure-pull
    layers load log-rusage log-timestamp logsplit no-cache no-hostname no-hosts no-push no-push-cache omit-history
    pull pull-always pull-never push push-ignore-immutable-tag-errors quiet reproducible rewrite-timestamp rm
    save-stages single-snapshot skip-default-registry-fallback skip-push-permission-check skip-tls-verify
    skip-tls-verify-pull skip-unused-stages squash stage-labels stdin stream tls-verify use-new-run
    whitelist-var-run";

/// Global flags with a value, of all of the tools.
const GLOBAL_VALUES: &str = "
    -H -a -c -l -n --address --builder --cgroup-manager --cni-path --config --connection --context --data-root --host
    --hosts-dir --identity --isolation --log-level --namespace --registries-conf --root --runroot --snapshotter
    --storage-driver --storage-opt --tlscacert --tlscert --tlskey --tmpdir --url";

/// Whether a long flag of `build` takes the next word as its value; `None` if it is not known.
pub(super) fn takes_value(program: &str, flag: &str) -> Option<bool> {
    let among = |list: &str| list.split_whitespace().any(|it| it == flag);
    match flag {
        // A list of registries for kaniko, a switch for nerdctl.
        "insecure-registry" => Some(program == "executor"),
        _ if among(VALUES) => Some(true),
        _ => among(SWITCHES).then_some(false),
    }
}

/// Whether a flag before the subcommand takes the next word as its value.
pub(super) fn global_takes_value(flag: &str) -> bool {
    GLOBAL_VALUES.split_whitespace().any(|it| it == flag)
}

/// The long name of a short flag; `Some("")` is one without a value.
pub(super) fn long_name(program: &str, letter: char) -> Option<&'static str> {
    let kaniko = program == "executor";
    Some(match letter {
        'f' if kaniko => "dockerfile",
        'd' if kaniko => "destination",
        'c' if kaniko => "context",
        'b' if kaniko => "bucket",
        'v' if kaniko => "verbosity",
        _ if kaniko => return None,
        'f' => "file",
        't' => "tag",
        'o' => "output",
        'm' => "memory",
        'c' => "cpu-shares",
        'v' => "volume",
        // `--quiet`; `--debug`, and Buildah's `--disable-compression`.
        'q' | 'D' => "",
        _ => return None,
    })
}
