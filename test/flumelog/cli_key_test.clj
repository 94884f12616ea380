(ns flumelog.cli-key-test
  "Encrypted logs on the command line: the key is in a file that only its owner may read."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder]]
            [flumelog.test-support :refer [size]])
  (:import (java.nio.file Files)
           (java.nio.file.attribute FileAttribute PosixFilePermissions)))

(set! *warn-on-reflection* true)

(defn- permissions [path]
  (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath (io/file path)) (into-array java.nio.file.LinkOption []))))

(defn- has-text? [path ^String text]
  (str/includes? (String. (read-bytes path) "ISO-8859-1") text))

(deftest a-log-is-made-read-and-converted-with-a-key-in-a-file
  (with-temp-folder [folder]
    (let [[key other secret plain turned] (map #(path-in folder %) ["a.key" "b.key" "secret.log" "plain.log" "turned.log"])
          run (fn [& words] (let [{:keys [exit out err]} (apply command/run words)] [exit (str/split-lines out) err]))]
      (is (= 0 (:exit (command/run "keygen" key)) (:exit (command/run "keygen" other))))
      (is (= "rw-------" (permissions key)))
      (is (= 65 (.length (io/file key))))
      (is (= 0 (:exit (command/run {:in "{:n \"hidden\"}\n{:n 2}\n"} "append" secret "--key-file" key))))
      (is (not (has-text? secret "hidden")))
      (is (= [0 ["{:n \"hidden\"}" "{:n 2}"]] (take 2 (run "cat" secret "--codec" "edn" "--key-file" key))))
      (testing "without the key, or with another one"
        (is (str/includes? (peek (run "cat" secret "--key-file" other)) "the key is not that of")))
      (when (pos? (long (size 0 1)))
        (is (= [2 [""] (str "flumelog: " key " exists; nothing was changed: name another file\n")] (run "keygen" key)))
        (is (= 3 (first (run "cat" secret))))
        (is (= 0 (first (run "info" secret "--key-file" key)) (first (run "verify" secret "--key-file" key)) (first (run "stats" secret "--key-file" key))))
        (is (= 0 (first (run "convert" secret turned "--from-key-file" key "--key-file" other))))
        (is (= [0 ["{:n \"hidden\"}" "{:n 2}"]] (take 2 (run "cat" turned "--codec" "edn" "--key-file" other))))
        (is (= 0 (first (run "compact" turned "--key-file" other)) (first (run "delete" turned "115" "--key-file" other))))
        (is (= 2 (first (run "convert" secret (str plain 1) "--protect" "none" "--key-file" other "--from-key-file" key)))))
      (is (= 0 (first (run "convert" secret plain "--from-key-file" key "--protect" "none"))))
      (is (= [{:n "hidden"} {:n 2}] (with-open [l (log/open plain)] (vec l)))))))

(deftest a-key-file-that-others-may-read-or-that-has-no-key-is-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), file (path-in folder "a.key")
          said (fn [permissions text]
                 (io/delete-file file true)
                 (Files/createFile (.toPath (io/file file)) (into-array FileAttribute [(PosixFilePermissions/asFileAttribute (PosixFilePermissions/fromString permissions))]))
                 (spit file text)
                 (let [{:keys [exit err]} (command/run "info" path "--key-file" file)] [exit (str/replace err file "KEY")]))]
      (log/close! (log/open path {:protect {:key (byte-array (map int "0123456789abcdef0123456789abcdef"))}}))
      (is (= [2 "flumelog: the file KEY of --key-file can be read by others: chmod 600 KEY\n"] (said "rw-r-----" "0123456789abcdef0123456789abcdef")))
      (when (pos? (long (size 0 1)))
        (is (= [2 "flumelog: the file KEY of --key-file has neither 32 bytes nor 64 hexadecimal digits\n"] (said "rw-------" "secret words")))
        (is (= 0 (first (said "rw-------" "0123456789abcdef0123456789abcdef"))))))))

(deftest ^{:ci "starts a JVM for each of some twenty commands"} a-sealed-log-on-the-command-line
  (with-temp-folder [folder]
    (let [[plain sealed old head key other] (map #(path-in folder %) ["plain.log" "sealed.log" "old.log" "a.head" "a.key" "b.key"])
          run (fn [& words] (let [{:keys [exit out]} (apply command/run words)] [exit (str/trim out)]))
          pub (str key ".pub")]
      (with-open [l (log/open plain)] (log/append-all! l [{:n 1} {:n 2}]))
      (is (= 0 (first (run "keygen" key "--sign"))))
      (is (= ["rw-------" 65] [(permissions key) (.length (io/file key))]))
      (is (= 0 (first (run "convert" plain sealed "--sign" key))))
      (io/copy (io/file sealed) (io/file old))
      (is (= 3 (first (run "append" sealed))) "without the key nothing can be appended")
      (is (= 0 (:exit (command/run {:in "{:n 3}\n"} "append" sealed "--sign" key))))
      (spit head (second (run "head" sealed "--trust" pub)))
      (is (= (with-open [l (log/open sealed {:mode :read})] (log/head l)) (edn/read-string (slurp head))))
      (is (= 0 (first (run "verify" sealed "--codec" "edn" "--head" head "--trust" pub))))
      (let [[exit out] (run "verify" old "--codec" "edn" "--head" head "--trust" pub)]
        (is (= [4 false] [exit (:head-ok (edn/read-string out))])))
      (let [proof (edn/read-string (second (run "prove" sealed "115")))]
        (is (log/proves? proof {:n 1} {:trust (with-open [l (log/open sealed {:mode :read})] (byte-array (.parseHex (java.util.HexFormat/of) ^String (:signer (log/info l)))))}))
        (is (not (log/proves? proof {:n 2}))))
      (let [secret (path-in folder "secret.key"), both (path-in folder "both.log")]
        (is (= 0 (first (run "keygen" secret)) (first (run "convert" plain both "--key-file" secret "--sign" key))))
        (is (= 0 (first (run "verify" both "--trust" pub))) "a process that has only the public key")
        (is (= 3 (first (run "verify" both)))))
      (is (= 0 (first (run "keygen" other "--sign"))))
      (is (= 4 (first (run "verify" sealed "--codec" "edn" "--trust" (str other ".pub"))) (first (run "cat" sealed "--trust" (str other ".pub")))))
      (is (= 3 (first (run "seal" sealed)) (first (run "head" plain))))
      (is (= (slurp head) (second (run "seal" sealed "--sign" key))))
      (is (= 2 (first (run "prove" sealed)) (first (run "prove" sealed "115" "--head" head)) (first (run "verify" sealed "--head" plain))))
      (is (= [] (:path (edn/read-string (second (run "prove" sealed "--head" head))))))
      (spit head (second (run "head" sealed "--json")))
      (is (= 0 (first (run "verify" sealed "--codec" "edn" "--head" head))))
      (is (= 0 (first (run "convert" plain (str plain 1) "--protect" "sealed")) (first (run "verify" (str plain 1))) (first (run "compact" sealed "--sign" key)))))))
