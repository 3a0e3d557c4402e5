package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.SENSITIVE;
import static dev.lockstep.server.config.Trait.refusedUnless;
import static dev.lockstep.server.config.Trait.unused;

/**
 * TLS, which Lockstep doesn't speak. What would have it promise an encrypted link is refused, the rest is accepted so
 * that a shared file still loads.
 */
public final class TlsSettings extends SettingGroup {
    enum AuthClients {
        NO,
        YES,
        OPTIONAL
    }

    private static final String WHY = "there is no TLS in this version";
    private static final Trait NO_TLS = unused(WHY);
    private static final String WAY_OUT = "; leave it out, and let a TLS proxy or a tunnel encrypt";

    {
        number(
                "tls-port",
                0,
                0,
                PORT_MAX,
                refusedUnless("0", "tls-port must be 0: " + WHY + WAY_OUT));
        bool(
                "tls-replication",
                false,
                refusedUnless("no", "tls-replication must be no: " + WHY + WAY_OUT));
        bool("tls-cluster", false, refusedUnless("no", "tls-cluster must be no: " + WHY + WAY_OUT));
        text("tls-cert-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-key-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-key-file-pass", "", EMPTY_IS_UNSET, SENSITIVE, NO_TLS);
        text("tls-client-cert-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-client-key-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-client-key-file-pass", "", EMPTY_IS_UNSET, SENSITIVE, NO_TLS);
        text("tls-dh-params-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-ca-cert-file", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-ca-cert-dir", "", EMPTY_IS_UNSET, NO_TLS);
        choice("tls-auth-clients", AuthClients.YES, NO_TLS);
        text("tls-protocols", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-ciphers", "", EMPTY_IS_UNSET, NO_TLS);
        text("tls-ciphersuites", "", EMPTY_IS_UNSET, NO_TLS);
        bool("tls-prefer-server-ciphers", false, NO_TLS);
        bool("tls-session-caching", true, NO_TLS);
        number("tls-session-cache-size", 20480, 0, INT_MAX, NO_TLS);
        number("tls-session-cache-timeout", 300, 0, INT_MAX, NO_TLS);
    }

    TlsSettings() {
        super("TLS");
    }
}
