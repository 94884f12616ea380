(ns ^:no-doc flumelog.protection
  "Converts the option `:protect` of an encrypted or signed log, and passphrases, to what the Java core takes. No error shows anything of a key."
  (:require [flumelog.arguments :refer [refuse]])
  (:import (flumelog.error KeyFailures OptionFailures Suggestion)
           (flumelog.log Protection)
           (flumelog.protect Kdf$Function KeyFunction KeySource KeySources Passphrase Signer Signers)
           (java.security KeyPair PrivateKey PublicKey)
           (javax.crypto SecretKey)))

(set! *warn-on-reflection* true)

(def ^:private known {":key" :key, ":key-number" :key-number, ":sealed" :sealed, ":sign" :sign, ":trust" :trust, ":id" :id})

(defn- check-options [protect]
  (doseq [option (map str (keys protect)) :when (not (known option))]
    (throw (OptionFailures/unknownOption option (Suggestion/ofOption option (keys known)) known))))

(defn source
  "The KeySource for a value of the option `:key`."
  ^KeySource [key]
  (cond
    (bytes? key)               (KeySources/of ^bytes key)
    (instance? KeySource key)  key
    (instance? SecretKey key)  (KeySources/of ^SecretKey key)
    (and (ifn? key) (not (coll? key)) (not (ident? key)))
    (KeySources/of (reify KeyFunction (key [_ number log-id] (key number log-id))))
    :else (throw (KeyFailures/notAKey (some-> key class .getName)))))

(defn signer
  "The Signer for a value of the option `:sign`."
  ^Signer [sign]
  (cond
    (instance? Signer sign)     sign
    (bytes? sign)               (Signers/of ^bytes sign)
    (instance? PrivateKey sign) (Signers/of ^PrivateKey sign)
    (instance? KeyPair sign)    (Signers/of ^KeyPair sign)
    :else (throw (KeyFailures/notASigner (some-> sign class .getName)))))

(defn public-key
  "The 32 bytes of the public key that the option `:trust` gives."
  ^bytes [trust]
  (cond
    (bytes? trust)              (Signers/publicKey ^bytes trust)
    (instance? PublicKey trust) (Signers/publicKey ^PublicKey trust)
    :else (throw (KeyFailures/notAPublicKey (some-> trust class .getName)))))

(defn- with-number ^Protection [^Protection protection key-number]
  (cond (nil? key-number) protection
        (and (int? key-number) (<= 0 (long key-number) 255)) (.withKeyNumber protection (int key-number))
        :else (throw (OptionFailures/badOption ":key-number" key-number "a whole number from 0 to 255"))))

(defn- with-seals ^Protection [^Protection protection {:keys [sealed sign trust]}]
  (when-not (contains? #{true false nil} sealed) (throw (OptionFailures/badOption ":sealed" sealed "true or false")))
  (cond-> protection
    (true? sealed) (.sealed)
    (some? sign)   (.signedBy (signer sign))
    (some? trust)  (.trusting (public-key trust))))

(defn protection
  "The Protection for a map with `:key`, `:key-number`, `:sealed`, `:sign`, `:trust` or `:id`."
  ^Protection [{:keys [key key-number id] :as protect}]
  (check-options protect)
  (let [seals? (some protect [:sealed :sign :trust])
        protection (cond (or (contains? protect :key) (not (or seals? (some? id)))) (Protection/encrypted (source key))
                         seals? Protection/SEALED
                         :else (Protection/ofLog id))]
    (cond-> (with-seals (with-number protection key-number) protect)
      (some? id) (.withLogId (str id)))))

(defn- function [kdf]
  (case kdf
    :argon2id Kdf$Function/ARGON2ID
    :scrypt   Kdf$Function/SCRYPT
    (nil :pbkdf2) Kdf$Function/PBKDF2
    (throw (OptionFailures/badOption ":kdf" kdf ":argon2id, :scrypt or :pbkdf2"))))

(defn passphrase
  "The key of a passphrase."
  ^Passphrase [text options]
  (when-not (or (nil? options) (map? options)) (refuse "options" options "a map"))
  (doseq [option (keys options) :when (not= :kdf option)]
    (throw (OptionFailures/unknownOption (str option) (Suggestion/ofOption (str option) [":kdf"]) {":kdf" :kdf})))
  (cond
    (string? text) (Passphrase. text (function (:kdf options)))
    (= (Class/forName "[C") (class text)) (Passphrase. (java.nio.CharBuffer/wrap ^chars text) (function (:kdf options)))
    :else (throw (KeyFailures/notAPassphrase (some-> text class .getName)))))
