(ns flumelog.command
  "Runs bin/flumelog as a process of its own, as a shell does.

   * `run`: one command; `run-here`: one that is used wrongly, in this process
   * `shell`: a line of the shell, in which `flumelog` is the command
   * `start`: a command that goes on; `start-words`: any such process that uses `flumelog`
   * `interrupt!`: interrupts a process, where it does not ignore that
   * `environment`: of a process that runs `flumelog`"
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str])
  (:import (flumelog.cli Main)
           (java.io ByteArrayOutputStream File PrintStream)
           (java.nio.file Files)
           (java.util List)))

(set! *warn-on-reflection* true)

(def ^:private ^String bin (.getAbsolutePath (io/file "bin")))

(defn environment
  "That of this process, with the command on the path, and the JDK of the tests."
  []
  (assoc (into {} (System/getenv)) "PATH" (str bin File/pathSeparator (System/getenv "PATH"))
         "JAVA_CMD" (str (System/getProperty "java.home") "/bin/java")))

(def ^:private ready
  "Compiles the command first, where it has to be, and so says nothing of it later."
  (delay (shell/sh (str bin "/flumelog") "--version" :env (environment))))

(defn shell
  "Runs the line in a folder. Returns {:exit :out :err}."
  [folder line]
  @ready
  (shell/sh "sh" "-c" line :dir (io/file folder) :env (environment)))

(defn run
  "Runs `flumelog` with the arguments. A map before them may have `:in`, the text of standard input. Returns {:exit :out :err}."
  [& arguments]
  @ready
  (let [[options arguments] (if (map? (first arguments)) [(first arguments) (rest arguments)] [{} arguments])]
    (apply shell/sh (concat [(str bin "/flumelog")] (map str arguments) (mapcat identity (assoc options :env (environment)))))))

(defn run-here
  "Runs the command with the arguments in this process: one that prints nothing, since it is used wrongly. Returns {:exit :err}."
  [& arguments]
  (let [said (ByteArrayOutputStream.), err System/err]
    (System/setErr (PrintStream. said true))
    (try {:exit (Main/run (into-array String (map str arguments))), :err (str said)}
         (finally (System/setErr err)))))

(defn start-words
  "A process of these words, in which `flumelog` is the command, with pipes to its input and output. `more` are variables of its environment."
  ^Process [words more]
  @ready
  (let [^List words (mapv str words), builder (ProcessBuilder. words)]
    (.putAll (.environment builder) (merge (environment) more))
    (.start builder)))

(defn start
  "A process that runs `flumelog` with the arguments, with pipes to its input and output."
  ^Process [& arguments]
  (start-words (cons (str bin "/flumelog") arguments) {}))

(def ignores-interrupts?
  "Whether processes that this one starts ignore SIGINT, as those of a shell's background do."
  (delay (let [status (io/file "/proc/self/status")]
           (boolean (when (.exists status)
                      (odd? (bit-shift-right (Long/parseUnsignedLong (second (re-find #"SigIgn:\s+([0-9a-f]+)" (Files/readString (.toPath status)))) 16) 1)))))))

(defn interrupt!
  "Sends SIGINT to the process, or SIGTERM where it ignores that. Returns the exit code that follows."
  [^Process process]
  (shell/sh "kill" (if @ignores-interrupts? "-TERM" "-INT") (str (.pid process)))
  (if @ignores-interrupts? 143 130))

(defn lines [{:keys [out]}] (str/split-lines out))
