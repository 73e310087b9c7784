import java.io.FileInputStream;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

/** Checks the samples in the current folder as a Java TLS client would, all in one start. */
public class Verify {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        store.setCertificateEntry("root", read("certs/root.pem"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        X509TrustManager trust = (X509TrustManager) factory.getTrustManagers()[0];
        for (int place = 0; Files.exists(Path.of("ec/leaf-" + place + "-0.pem")); place++) {
            check(trust, "ec/leaf-" + place + "-0.pem", "ECDHE_ECDSA");
        }
        check(trust, "rsa/leaf-0-0.pem", "ECDHE_RSA");
    }

    static void check(X509TrustManager trust, String path, String kind) throws Exception {
        List<X509Certificate> chain = new ArrayList<>(List.of(read(path)));
        if (Files.exists(Path.of("ec/chain.pem"))) chain.add(read("ec/chain.pem"));
        trust.checkServerTrusted(chain.toArray(new X509Certificate[0]), kind);
    }

    static X509Certificate read(String path) throws Exception {
        try (FileInputStream in = new FileInputStream(path)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
