package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.RELOADED;
import static dev.lockstep.server.config.Trait.SENSITIVE;
import static dev.lockstep.server.config.Trait.unused;

import java.util.ArrayList;
import java.util.List;

/** TLS: where it is spoken, with which certificates, and what is asked of the other side. File names are relative to {@code dir}. */
public final class TlsSettings extends SettingGroup {
    /** Whether clients have to show a certificate. */
    public enum AuthClients {
        NO,
        YES,
        /** They needn't, but one that they show has to be valid. */
        OPTIONAL
    }

    /** 0 for no TLS port. */
    public final IntSetting port = number("tls-port", 0, 0, PORT_MAX);

    /** Whether the link to the master is TLS. */
    public final BooleanSetting replication = bool("tls-replication", false);

    /** Whether MIGRATE, which goes between nodes of a cluster, is TLS. */
    public final BooleanSetting cluster = bool("tls-cluster", false);

    public final TextSetting certFile = text("tls-cert-file", "", EMPTY_IS_UNSET, RELOADED);
    public final TextSetting keyFile = text("tls-key-file", "", EMPTY_IS_UNSET, RELOADED);
    public final TextSetting keyFilePass =
            text("tls-key-file-pass", "", EMPTY_IS_UNSET, SENSITIVE, RELOADED);
    public final TextSetting clientCertFile =
            text("tls-client-cert-file", "", EMPTY_IS_UNSET, RELOADED);
    public final TextSetting clientKeyFile =
            text("tls-client-key-file", "", EMPTY_IS_UNSET, RELOADED);
    public final TextSetting clientKeyFilePass =
            text("tls-client-key-file-pass", "", EMPTY_IS_UNSET, SENSITIVE, RELOADED);

    {
        text(
                "tls-dh-params-file",
                "",
                EMPTY_IS_UNSET,
                unused("the JVM's TLS agrees on standard groups, which are no weaker"));
    }

    public final TextSetting caCertFile = text("tls-ca-cert-file", "", EMPTY_IS_UNSET, RELOADED);
    public final TextSetting caCertDir = text("tls-ca-cert-dir", "", EMPTY_IS_UNSET, RELOADED);

    /** Counts for connections that come. */
    public final ChoiceSetting<AuthClients> authClients =
            choice("tls-auth-clients", AuthClients.YES);

    /** Names separated by blanks, such as {@code TLSv1.2 TLSv1.3}, which is what none means. */
    public final TextSetting protocols = text("tls-protocols", "", EMPTY_IS_UNSET);

    /** A list in OpenSSL's language, for TLS 1.2 and before. */
    public final TextSetting ciphers = text("tls-ciphers", "", EMPTY_IS_UNSET);

    /** Names separated by colons, for TLS 1.3. */
    public final TextSetting cipherSuites = text("tls-ciphersuites", "", EMPTY_IS_UNSET);

    public final BooleanSetting preferServerCiphers = bool("tls-prefer-server-ciphers", false);
    public final BooleanSetting sessionCaching = bool("tls-session-caching", true);

    /** Sessions; 0 for any number. */
    public final IntSetting sessionCacheSize = number("tls-session-cache-size", 20480, 0, INT_MAX);

    /** Seconds after which a session can't be resumed any more. */
    public final IntSetting sessionCacheTimeout =
            number("tls-session-cache-timeout", 300, 0, INT_MAX);

    TlsSettings() {
        super("TLS");
    }

    /** Those after whose change the certificates, keys and ciphers have to be set up anew. */
    public List<Setting<?>> ofContexts() {
        List<Setting<?>> chosen = new ArrayList<>(settings());
        chosen.removeIf(setting -> setting == port || setting == authClients);
        chosen.removeIf(setting -> setting.trait(Trait.Unused.class) != null);
        return chosen;
    }

    /** Whether TLS is spoken anywhere, so that there must be a certificate. */
    public boolean isUsed() {
        return port.get() != 0 || replication.get() || cluster.get();
    }
}
