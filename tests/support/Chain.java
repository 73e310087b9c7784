import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Verifies a leaf as a Java TLS client does: Chain LEAF CHAIN ROOT...; says whether it accepts. */
class Chain {
    public static void main(String[] words) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int at = 2; at < words.length; at++) {
            store.setCertificateEntry("root" + at, read(words[at]).get(0));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        List<X509Certificate> chain = new ArrayList<>(read(words[0]));
        chain.addAll(read(words[1]));
        try {
            ((X509TrustManager) factory.getTrustManagers()[0])
                    .checkServerTrusted(chain.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
            System.out.println("accepted");
        } catch (CertificateException error) {
            System.out.println("refused");
        }
    }

    static List<X509Certificate> read(String path) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        try (FileInputStream in = new FileInputStream(path)) {
            for (var one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.add((X509Certificate) one);
            }
        }
        return found;
    }
}
