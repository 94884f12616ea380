(ns flumelog.missing-library-test
  "A codec or a view whose library is not on the class path says in one sentence what to add."
  (:require [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(defn- said-without
  "What the call of a function of the namespace says, and its data, where no jar on the class path has the name."
  [jar ns-name call]
  (let [class-path (str/join File/pathSeparator
                             (remove #(str/includes? % jar)
                                     (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))))
        form `(try (require '~ns-name) (eval '~call)
                   (catch Throwable e# (let [e# (or (ex-cause e#) e#)] (prn (ex-message e#) (:flumelog/error (ex-data e#))))))]
    (:out (shell/sh (str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp" class-path
                    "clojure.main" "-e" (pr-str form)))))

(deftest a-view-without-its-library-says-what-to-add
  (let [said (said-without "RoaringBitmap" 'flumelog.view '(flumelog.view/bitmap {:fields {:a [:a]}}))]
    (is (str/includes? said "flumelog.view/bitmap needs a library that is not on the class path: add org.roaringbitmap/RoaringBitmap {:mvn/version "))
    (is (str/includes? said ":bad-option"))))

(deftest ^{:ci "starts a JVM"} a-log-over-kafka-without-its-library-says-what-to-add
  (let [said (said-without "kafka-clients" 'flumelog.kafka '(flumelog.kafka/open {:servers "localhost:1" :topic "t"}))]
    (is (str/includes? said "flumelog.kafka needs a library that is not on the class path: add org.apache.kafka/kafka-clients {:mvn/version "))
    (is (str/includes? said ":bad-option"))))

(deftest ^{:ci "starts several JVMs"} a-codec-without-its-library-says-what-to-add
  (doseq [[codec jar library] (take (size 2 3) [[:json "jackson-core" "com.fasterxml.jackson.core/jackson-core"]
                                                [:nippy "lz4" "com.taoensso/nippy"] [:nippy "nippy" "com.taoensso/nippy"]])
          :let [said (with-temp-folder [folder]
                       (said-without jar 'flumelog.core `(~'flumelog.core/open ~(path-in folder "a.log") {:codec ~codec})))]]
    (is (str/includes? said (str "option :codec " codec " needs a library that is not on the class path: add " library " {:mvn/version ")))
    (is (str/includes? said ":bad-option"))))

(deftest a-passphrase-without-its-library-says-what-to-add
  (let [said (said-without "bcprov" 'clojure.set
                           '(.key (flumelog.protect.Passphrase. "words" flumelog.protect.Kdf$Function/PBKDF2)
                                  (flumelog.protect.Kdf/of (byte-array (concat [3 10 8 1] (repeat 16 1))) 0)))]
    (is (str/includes? said "option :kdf :argon2id needs a library that is not on the class path: add org.bouncycastle/bcprov-jdk18on {:mvn/version "))
    (is (str/includes? said ":bad-option"))))

(deftest a-log-over-kafka-without-its-library-says-what-to-add
  (let [said (said-without "kafka-clients" 'flumelog.kafka '(flumelog.kafka/open {:servers "localhost:1" :topic "a"}))]
    (is (str/includes? said "flumelog.kafka needs a library that is not on the class path: add org.apache.kafka/kafka-clients {:mvn/version "))
    (is (str/includes? said ":bad-option"))))
