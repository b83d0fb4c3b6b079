use super::told;

#[test]
fn steps_run_docker_kaniko_and_scripts() {
    let text = "steps:\n  - name: gcr.io/cloud-builders/docker\n    args: ['build', '-t', 'gcr.io/$PROJECT_ID/api:$_TAG', '-f', 'api/Dockerfile', '.']\n  - name: gcr.io/kaniko-project/executor:latest\n    id: web\n    args:\n      - --destination=gcr.io/$PROJECT_ID/web\n      - --context=dir://web\n  - name: gcr.io/cloud-builders/docker\n    entrypoint: bash\n    dir: tools\n    args:\n      - -c\n      - |\n        X=d\n        docker build $$X\n  - name: node\n    args: [build, x]\nsubstitutions:\n  _TAG: v1\n";
    let there =
        ["api/Dockerfile", "web/Dockerfile", "tools/d/Dockerfile"].map(|path| (path, "FROM a"));
    let expected = [
        "`docker build` in step 1:3: api/Dockerfile in ., perhaps as gcr.io/*/api:v1",
        "`kaniko` in step `web`:7: web/Dockerfile in web, perhaps as gcr.io/*/web",
        "`docker build` in step 3:16: tools/d/Dockerfile in tools/d",
    ];
    for path in ["cloudbuild.yaml", "ci/deep/cloudbuild-release.yml"] {
        let files: Vec<_> = [(path, text)].into_iter().chain(there).collect();
        assert_eq!(told(&files), expected, "{path}");
    }
    assert!(told(&[("cloudbuild.yaml", "steps: x\n")]).is_empty());
}
