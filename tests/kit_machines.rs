//! The scripts, playbooks and lines of the kit at work: on machines in mount namespaces, by the tools that
//! people run them with.

use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use blockhouse::ca::export::{self, Kit, KitOptions};

use crate::kit::{exported, kit, look, on_a_machine, python, support};
use crate::support::ca::{authority, blockhouse_ca, tool};
use crate::support::curl::{Way, url};
use crate::support::server::Blockhouse;

/// Shell functions that say whether clients take the page of a server.
fn clients(server: &Blockhouse) -> String {
    let address = url(server, Way::H1, "localhost", "/");
    format!(
        "page() {{ curl --silent --show-error --noproxy '*' --location --cookie '' {address} 2>&1 || true; }}
         curl_says() {{ page | grep -o -m 1 -e '<html' -e 'SSL certificate problem' | head -n 1; }}
         repository() {{ git ls-remote {address}x.git 2>&1 || true; }}
         git_says() {{ repository | grep -o -m 1 -e 'returned error: 403' -e 'certificate verification failed' \
             -e 'SSL certificate problem'; }}
         "
    )
}

#[test]
fn ansible_installs_and_removes() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let (kit, bin) = (kit.display(), python());
    let bin = Path::new(&bin).parent().unwrap().display();
    let said = on_a_machine(
        server.folder.path(),
        &format!(
            "{functions}
             play() {{
                 {bin}/ansible-playbook --inventory localhost, --connection local \
                     --extra-vars ansible_become=false \
                     --extra-vars ansible_python_interpreter=/usr/bin/python3 $1 >&2
                 echo $2: $(curl_says)
             }}
             echo before: $(curl_says)
             play {kit}/ansible/install.yml installed
             play {kit}/ansible/install.yml again
             play {kit}/ansible/uninstall.yml removed",
            functions = clients(&server)
        ),
    );
    let wanted = "before: SSL certificate problem\ninstalled: <html\nagain: <html\nremoved: SSL certificate problem\n";
    assert_eq!(said, wanted);
}

/// What a build of an image would do, done on a machine.
#[test]
fn the_lines_for_images_install() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let steps = tool(
        "python3-venv",
        kit.parent().unwrap(),
        &[&python(), &support("kit.py"), "steps", "kit", "kit/root.cer", "--", ""],
    )
    .ok();
    assert!(steps.contains("install -D") && steps.contains("update-ca-certificates"), "{steps}");
    let address = url(&server, Way::H1, "localhost", "/");
    let said = on_a_machine(
        server.folder.path(),
        &format!(
            "{functions}{{\n{steps}\n}} >&2
             echo curl: $(curl_says)
             node {fetch} {address} | grep -o -m 1 403
             {python} -c \"import requests; print(requests.get('{address}').status_code)\"",
            functions = clients(&server),
            fetch = support("fetch.mjs"),
            python = python(),
        ),
    );
    assert_eq!(said, "curl: <html\n403\n403\n");
}

#[test]
fn git_and_requests_take_the_systems_list() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let kit = kit.display();
    let address = url(&server, Way::H1, "localhost", "/");
    let said = on_a_machine(
        server.folder.path(),
        &format!(
            "{functions}
             requests() {{ {python} -c \"import requests; print(requests.get('{address}').status_code)\" 2>&1 |
                 grep -o -e ^403 -e CERTIFICATE_VERIFY_FAILED | head -n 1; }}
             unset SSL_CERT_FILE GIT_SSL_CAINFO REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
             : > empty.pem; cat /etc/ssl/certs/ca-certificates.crt > public.pem
             git config --global http.sslCAInfo $PWD/public.pem
             echo before: $(git_says), $(requests)
             {kit}/linux/install.sh >&2
             git config --global http.sslCAInfo /etc/ssl/certs/ca-certificates.crt
             echo list: $(git_says), $(requests)
             git config --global --unset http.sslCAInfo
             . {kit}/environment/blockhouse-root.sh
             echo environment: $(git_says), $(requests)
             {kit}/linux/uninstall.sh >&2
             . {kit}/environment/blockhouse-root.sh
             echo removed: $(git_says), $(requests)",
            functions = clients(&server),
            python = python(),
        ),
    );
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].contains("certificate") && lines[0].ends_with("CERTIFICATE_VERIFY_FAILED"),
        "{said}"
    );
    assert!(lines[1].ends_with("returned error: 403, CERTIFICATE_VERIFY_FAILED"), "{said}");
    assert!(lines[2].ends_with("returned error: 403, 403"), "{said}");
    assert!(
        lines[3].contains("certificate") && lines[3].ends_with("CERTIFICATE_VERIFY_FAILED"),
        "{said}"
    );
}

/// A system of another family: its folder of anchors, and its command, which p11-kit's own `trust` stands in
/// for as it does there.
fn family(folder: &str, command: &str) {
    let said = on_a_machine(
        kit(),
        &format!(
            "kit=$OLDPWD/kit; mkdir -p {folder} bin /etc/pkcs11/modules
             source={folder}; source=${{source%/anchors}}
             printf 'module: p11-kit-trust.so\\ntrust-policy: yes\\nx-init-reserved: paths=%s\\n' $source \
                 > /etc/pkcs11/modules/p11-kit-trust.module
             cat > bin/{command} <<END
#!/bin/sh
trust extract --format=pem-bundle --filter=ca-anchors --purpose=server-auth --overwrite $PWD/bundle.pem
END
             chmod +x bin/{command}; PATH=$PWD/bin:$PATH
             trusted() {{ openssl verify -CAfile bundle.pem $kit/root.pem 2>/dev/null || echo no; }}
             $kit/linux/install.sh >&2
             ls {folder}
             trusted
             $kit/linux/uninstall.sh >&2
             ls {folder}
             trusted"
        ),
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].starts_with("example-school-blockhouse-root-ca-g1-"), "{said}");
    assert!(lines[1].ends_with("/kit/root.pem: OK") && lines[2] == "no", "{said}");
}

#[test]
fn the_red_hat_family() {
    family("/etc/pki/ca-trust/source/anchors", "update-ca-trust");
}

#[test]
fn the_arch_family() {
    family("/etc/ca-certificates/trust-source/anchors", "update-ca-trust");
}

#[test]
fn the_suse_family() {
    family("/etc/pki/trust/anchors", "update-ca-certificates");
}

#[test]
fn nss_verifies_the_servers_chain() {
    let server = Blockhouse::new();
    let kit = exported(&server);
    let (kit, port) = (kit.display(), server.https()[0].port());
    let said = on_a_machine(
        server.folder.path(),
        &format!(
            "openssl s_client -connect 127.0.0.1:{port} -servername localhost -showcerts </dev/null 2>/dev/null |
                 awk '/BEGIN CERT/ {{ n++ }} /BEGIN CERT/, /END CERT/ {{ print > (\"chain\" n \".pem\") }}'
             chain() {{ vfychain -d sql:$HOME/.pki/nssdb -u 1 -a chain1.pem -a chain2.pem 2>&1 | head -n 1 || true; }}
             {kit}/linux/nss-install.sh >&2; chain
             {kit}/linux/nss-uninstall.sh >&2; chain"
        ),
    );
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("Chain is good") && lines[1].contains("Chain is bad"), "{said}");
}

#[test]
fn the_configmap_is_the_one_that_kubectl_makes() {
    look("kubectl", kit(), &["kit/root.cer"], &[]);
}

/// An organisation that made another root has two of one name; the kit of one takes that one alone.
#[test]
fn the_removal_leaves_another_root_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for name in ["one", "two"] {
        let made = authority(&[]);
        let to = at.join(name);
        blockhouse_ca(made.path(), &["export", "--all", to.to_str().unwrap()]).ok();
    }
    let said = on_a_machine(
        at,
        "$OLDPWD/one/linux/install.sh >&2
         $OLDPWD/two/linux/install.sh >&2
         $OLDPWD/one/linux/uninstall.sh >&2
         together() { tr -d '\\n' <$1; }
         for root in one two; do
             case $(together /etc/ssl/certs/ca-certificates.crt) in
                 *$(together $OLDPWD/$root/root.pem)*) echo $root;;
             esac
         done
         $OLDPWD/one/linux/nss-install.sh >&2
         $OLDPWD/one/linux/nss-uninstall.sh >&2
         certutil -L -d sql:$HOME/.pki/nssdb | grep -c ' C,,' || true
         $OLDPWD/one/linux/nss-install.sh >&2
         $OLDPWD/two/linux/nss-install.sh >&2
         $OLDPWD/one/linux/nss-uninstall.sh 2>&1 | grep -c 'still there'
         certutil -L -d sql:$HOME/.pki/nssdb | grep -c ' C,,'",
    );
    assert_eq!(said, "two\n0\n1\n2\n");
}

/// Roots that were made again have the name of the earlier ones.
#[test]
fn roots_of_one_name_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let roots = ["one", "two"].map(|_| {
        let made = authority(&[]);
        CertificateDer::from_pem_file(made.path().join("certs/root.pem")).unwrap()
    });
    let made = Kit::new(&roots, KitOptions::default()).unwrap();
    let mut paths = Vec::new();
    for file in export::all(&made, None).unwrap() {
        let path = at.join("kit").join(&file.path);
        assert!(!paths.contains(&path), "{} is there twice", file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.octets).unwrap();
        if file.executable {
            tool("coreutils", at, &["chmod", "755", path.to_str().unwrap()]).ok();
        }
        paths.push(path);
    }
    let both = ["kit/root.cer", "kit/root-2.cer"];
    look("mobile", at, &both, &[]);
    look("kubectl", at, &both, &[]);
    let said = on_a_machine(
        at,
        "kit=$OLDPWD/kit
         for step in nss-install.sh nss-install.sh nss-uninstall.sh; do
             $kit/linux/$step >&2
             echo $step $(certutil -L -d sql:$HOME/.pki/nssdb | grep -c ' C,,' || true)
         done
         together() { tr -d '\\n' <$1; }
         for step in install.sh uninstall.sh; do
             $kit/linux/$step >&2
             for root in root.pem root-2.pem; do
                 case $(together /etc/ssl/certs/ca-certificates.crt) in
                     *$(together $kit/$root)*) echo $step $root;;
                     *) echo $step no;;
                 esac
             done
         done",
    );
    let wanted = "nss-install.sh 2\nnss-install.sh 2\nnss-uninstall.sh 0\ninstall.sh root.pem\n\
                  install.sh root-2.pem\nuninstall.sh no\nuninstall.sh no\n";
    assert_eq!(said, wanted);
}
