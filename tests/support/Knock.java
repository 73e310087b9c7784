import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import java.util.List;

/** Asks for a page by Java's TLS: Knock PORT HOST VERSION [ROOT]. */
class Knock {
    public static void main(String[] words) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        KeyStore store = null;
        if (words.length > 3) {
            store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (FileInputStream file = new FileInputStream(words[3])) {
                store.setCertificateEntry(
                        "root", CertificateFactory.getInstance("X.509").generateCertificate(file));
            }
        }
        trust.init(store);
        tls.init(null, trust.getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) tls.getSocketFactory()
                .createSocket("127.0.0.1", Integer.parseInt(words[0]));
        socket.setEnabledProtocols(new String[] {words[2]});
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(words[1])));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getOutputStream().write(
                ("GET /x.css HTTP/1.0\r\nHost: " + words[1] + "\r\n\r\n").getBytes());
        System.out.write(socket.getInputStream().readAllBytes());
        System.out.flush();
    }
}
