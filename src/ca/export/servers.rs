//! Containers, Kubernetes, and what sets up servers.

use super::kit::{Export, Kit, Root, fill};

const YAML: &str = "application/yaml";

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let each = |line: &dyn Fn(&Root) -> String| -> String { kit.roots.iter().map(line).collect() };
    let indented = |pem: &str, by: usize| -> String {
        pem.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
    };
    // In one line, so that neither the name nor its letters can end a comment or a text.
    let bundle4 = indented(&kit.bundle(), 4);
    let bundle8 = indented(&kit.bundle(), 8);
    let cloud = each(&|root| format!("    - |\n{}", indented(&root.pem, 6)));
    let copies = each(&|root| {
        format!("COPY {}.pem /usr/local/share/ca-certificates/{}.crt\n", root.stem, root.slug)
    });
    let anchors = each(&|root| {
        format!("COPY {}.pem /etc/pki/ca-trust/source/anchors/{}.pem\n", root.stem, root.slug)
    });
    let ansible = each(&|root| {
        format!("      - slug: {}\n        pem: |\n{}", root.slug, indented(&root.pem, 10))
    });
    let slugs = each(&|root| format!("      - {}\n", root.slug));
    let values = [
        ("ORGANISATION", kit.organisation()),
        ("SLUG", kit.slug()),
        ("BUNDLE4", bundle4.trim_end()),
        ("BUNDLE8", bundle8.trim_end()),
        ("CLOUD", cloud.trim_end()),
        ("COPIES", copies.trim_end()),
        ("ANCHORS", anchors.trim_end()),
        ("ANSIBLE", ansible.trim_end()),
        ("SLUGS", slugs.trim_end()),
    ];
    let file = |format, audience, path: &str, text: &str, kind| {
        Export::new(format, audience, path, fill(text, &values), kind)
    };
    vec![
        file(
            "kubernetes",
            "Kubernetes: the root as a ConfigMap",
            "kubernetes/configmap.yaml",
            include_str!("texts/configmap.yaml"),
            YAML,
        ),
        file(
            "kubernetes-pod",
            "Kubernetes: a pod that uses it",
            "kubernetes/pod.yaml",
            include_str!("texts/pod.yaml"),
            YAML,
        ),
        file(
            "trust-manager",
            "Kubernetes with trust-manager: a Bundle for every namespace",
            "kubernetes/bundle.yaml",
            include_str!("texts/bundle.yaml"),
            YAML,
        ),
        file(
            "trust-manager-cluster",
            "Kubernetes with trust-manager: the same as a ClusterBundle, for newer versions",
            "kubernetes/cluster-bundle.yaml",
            include_str!("texts/cluster-bundle.yaml"),
            YAML,
        ),
        file(
            "dockerfile",
            "Docker and Podman: lines for an image with Debian, Ubuntu or Alpine",
            "container/Dockerfile",
            include_str!("texts/Dockerfile"),
            "text/plain",
        ),
        file(
            "dockerfile-redhat",
            "Docker and Podman: lines for an image of Red Hat's family",
            "container/Dockerfile.redhat",
            include_str!("texts/Dockerfile.redhat"),
            "text/plain",
        ),
        file(
            "dockerfile-empty",
            "Docker and Podman: an image without a system",
            "container/Dockerfile.empty",
            include_str!("texts/Dockerfile.empty"),
            "text/plain",
        ),
        file(
            "cloud-init",
            "cloud-init: machines in clouds, at their first start",
            "container/cloud-init.yaml",
            include_str!("texts/cloud-init.yaml"),
            YAML,
        ),
        file(
            "ansible",
            "Ansible: a playbook for Linux of every family",
            "ansible/install.yml",
            include_str!("texts/ansible-install.yml"),
            YAML,
        ),
        file(
            "ansible-remove",
            "Ansible: the removal for it",
            "ansible/uninstall.yml",
            include_str!("texts/ansible-remove.yml"),
            YAML,
        ),
    ]
}
