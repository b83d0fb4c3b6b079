use super::*;

#[test]
fn distroless_images_that_exist() {
    for (reference, megabytes) in [
        ("gcr.io/distroless/static-debian13:nonroot", 2),
        ("gcr.io/distroless/static-debian13", 2),
        ("gcr.io/distroless/base-nossl-debian13:nonroot", 15),
        ("gcr.io/distroless/nodejs26-debian13:nonroot", 160),
        ("gcr.io/distroless/python3-debian13:nonroot", 60),
        ("gcr.io/distroless/java21-debian13:nonroot", 210),
    ] {
        assert_eq!(find(reference).map(|it| it.megabytes), Some(megabytes), "{reference}");
    }
    for reference in [
        "gcr.io/distroless/static-debian12:nonroot",
        "gcr.io/distroless/nodejs20-debian13:nonroot",
        "gcr.io/distroless/nodejs22-debian12:nonroot",
        "gcr.io/distroless/java11-debian13:nonroot",
        "gcr.io/distroless/python3-debian13:3.13",
    ] {
        assert!(!is_published(reference), "{reference}");
    }
}
