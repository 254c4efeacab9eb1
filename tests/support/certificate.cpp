// By OpenSSL's own functions: the command is not there everywhere.
#include "support/certificate.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr long kDay = 24L * 60 * 60;

void must(bool good) {
    if (!good) throw std::runtime_error("OpenSSL makes no certificate");
}

void sign(X509* certificate, EVP_PKEY* key) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
    X509_set_pubkey(certificate, key);
    auto* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("gantry test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> address(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"),
        &X509_EXTENSION_free);
    must(address && X509_add_ext(certificate, address.get(), -1) == 1);
    must(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace

Certificate::Certificate(const std::filesystem::path& file) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    must(key && certificate);
    sign(certificate.get(), key.get());
    const std::unique_ptr<FILE, decltype(&std::fclose)> out(std::fopen(file.c_str(), "w"),
                                                            &std::fclose);
    must(out && PEM_write_X509(out.get(), certificate.get()) == 1);
    server_ = SSL_CTX_new(TLS_server_method());
    must(server_ != nullptr && SSL_CTX_use_certificate(server_, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(server_, key.get()) == 1);
}

Certificate::~Certificate() { SSL_CTX_free(server_); }

}  // namespace gantry::test
