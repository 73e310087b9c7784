# Programs with a list of roots of their own. Goes to /etc/profile.d/ once linux/install.sh has run;
# services need the same lines in their units (Environment=). To remove it, delete it.
#
# Each gets the list of the system, which holds every root of ours as well as all public ones. Node adds
# it to its own list; the others take it in place of theirs.
for blockhouse_file in /etc/ssl/certs/ca-certificates.crt \
    /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
    /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    if [ -r "$blockhouse_file" ]; then
        export NODE_EXTRA_CA_CERTS="$blockhouse_file"
        export SSL_CERT_FILE="$blockhouse_file"
        export REQUESTS_CA_BUNDLE="$blockhouse_file"
        export PIP_CERT="$blockhouse_file"
        export CURL_CA_BUNDLE="$blockhouse_file"
        export GIT_SSL_CAINFO="$blockhouse_file"
        export CARGO_HTTP_CAINFO="$blockhouse_file"
        export AWS_CA_BUNDLE="$blockhouse_file"
        break
    fi
done
unset blockhouse_file
