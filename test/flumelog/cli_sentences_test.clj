(ns flumelog.cli-sentences-test
  "What the command line says where something is wrong: commands and their options, not functions of the library."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder write-bytes!]])
  (:import (flumelog.cli Main)
           (java.io ByteArrayInputStream ByteArrayOutputStream PrintStream)))

(set! *warn-on-reflection* true)

(defn- said
  "The exit code of a command that runs in this process, with a line of input, and what it says on standard error."
  [& arguments]
  (let [err (ByteArrayOutputStream.), before [System/err System/in], thread (Thread/currentThread), loader (.getContextClassLoader thread)]
    (System/setErr (PrintStream. err true))
    (System/setIn (ByteArrayInputStream. (.getBytes "{:n 1}\n")))
    (try
      [(Main/run (into-array String arguments)) (str err)]
      (finally
        (System/setErr (first before))
        (System/setIn (second before))
        (.setContextClassLoader thread loader)))))

(defn- corrupt-log [folder]
  (let [path (path-in folder "it's.log")]
    (with-open [l (log/open path)] (log/append-all! l [{:n 1} {:n 2} {:n 3}]))
    (io/delete-file (str path ".checkpoint"))
    (write-bytes! path (doto (read-bytes path) (aset 25 (byte 9))))           ; the length of the second record
    path))

(def ^:private of-the-library #"recover!|in Java|mixed-codecs|options name|option :|:framing|:codec|codec :|flumelog\.")

(deftest sentences-name-commands
  (with-temp-folder [folder]
    (let [earthquakes (path-in folder "e.log"), corrupt (corrupt-log folder)]
      (io/copy (io/file "dev/data/earthquakes.log") (io/file earthquakes))
      (doseq [[arguments exit expected]
              [[["info" "LICENSE"] 3 "LICENSE is no log: it looks like text; nothing was changed: if it is to become an empty log, flumelog recover LICENSE --cut-at 0 makes it one, and keeps what it cuts off in LICENSE.torn-0"]
               [["append" corrupt] 4 (str "flumelog cat prints the records before the damage, flumelog salvage copies what is whole, and flumelog recover '"
                                          (str/replace corrupt "'" "'\\''") "' --cut-at 22 cuts it there")]
               [["append" earthquakes "--codec" "edn"] 3 "such as the one at offset 546453; it looks like JSON: take --codec json; nothing was appended"]
               [["append" earthquakes "--codec" "bytes" "--hex"] 2 "line 1 of standard input is not hex"]
               [["cat" earthquakes "--codec" "json" "--grep" "("] 2 "--grep must be a regular expression (Unclosed group), was \"(\""]
               [["verify" earthquakes "--framing" "legacy"] 3 "e.log is flume with 53-bit offsets, not what the options say; leave --framing and --offset-bits out; nothing was changed"]
               [["cat" ""] 2 "path must be a string that is not empty"]]
              :let [[code sentence] (apply said arguments)]]
        (is (= exit code) (str arguments sentence))
        (is (str/includes? sentence expected) sentence)
        (is (not (re-find of-the-library sentence)) sentence)))))

(deftest warnings-of-the-library-are-sentences-on-one-line
  (with-temp-folder [folder]
    (io/copy (io/file "dev/data/earthquakes.log") (io/file folder "e.log"))
    (spit (io/file folder "views.edn") "{:by-net {:kind :index :keys [[:net]]}}")
    (.mkdir (io/file folder "views"))
    (let [view #(command/shell folder (str "flumelog view e.log " % " --views views.edn --dir views --codec json"))]
      (command/shell folder "echo '{\"net\":\"x\"}' | flumelog append e.log --codec json")
      (is (= 0 (:exit (view "rebuild"))))
      (spit (io/file folder "views" "by-net.view") "no manifest")
      (is (= {:exit 0, :out "{\"net\":\"x\"}\n"
              :err "flumelog: view :by-net of e.log is built anew from the log: the manifest of the view is damaged: its first line has no end\n"}
             (view "lookup by-net '\"x\"'"))))))
