(ns flumelog.java-test
  "What Java programs have: examples that run, Javadoc without a warning, a module that shows its API and nothing else."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [failure path-in with-temp-folder]])
  (:import (flumelog.error LogException LogException$Kind)
           (flumelog.log BackupReport ByteRange Format LogInfo LogOptions OffsetLog OffsetWidth Progress RecoveryReport RecoveryReport$Tail Repair
                         Rewrite Rewrite$Moved SideFiles Verification)
           (java.io ByteArrayOutputStream File RandomAccessFile)
           (java.lang.module ModuleDescriptor$Exports ModuleFinder ModuleReference)
           (java.nio.file Path)
           (java.util Optional OptionalLong)
           (java.util.jar JarEntry JarOutputStream)
           (javax.tools Tool ToolProvider)))

(set! *warn-on-reflection* true)

(def ^:private example "dev/java/Example.java")

(defn- place-of
  "The folder or jar that a class is from."
  [^Class class]
  (.getPath (io/file (.toURI (.getLocation (.getCodeSource (.getProtectionDomain class)))))))

(def ^:private core (place-of OffsetLog))
(def ^:private clojure (place-of clojure.lang.RT))
(def ^:private kafka (place-of org.apache.kafka.clients.producer.KafkaProducer))

(def ^:private jspecify
  "The jar of the annotations that say what may be null. Only javac and javadoc need it, to read the core itself."
  (first (filter #(re-find #"/jspecify-[\d.]+\.jar$" %) (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator)))))

(defn- class-path [& places] (str/join File/pathSeparator places))

(defn- run-tool
  "What the tool says; nothing when it is content."
  [^Tool tool & args]
  (let [out (ByteArrayOutputStream.)
        code (.run tool nil out out (into-array String (map str args)))]
    (str out (when-not (zero? code) (str "exit code " code)))))

(defn- javac [& args]
  (apply run-tool (ToolProvider/getSystemJavaCompiler) "-Werror" "--release" "17" "-proc:none" args))

(defn- run-java [& args]
  (let [^java.util.List command (cons (str (System/getProperty "java.home") "/bin/java") (map str args))
        process (.start (.redirectErrorStream (ProcessBuilder. command) true))
        output (slurp (.getInputStream process))]
    (.waitFor process)
    output))

(defn- blocks [document kind]
  (map second (re-seq (re-pattern (str "(?s)```" kind "\n(.*?)```")) (slurp document))))

(defn- block [kind] (first (blocks "doc/java.md" kind)))

(def ^:private first-program "dev/java/plain/src/main/java/example/Main.java")

(deftest the-document-shows-the-examples
  (is (= [(slurp first-program) (slurp example)] (take 2 (blocks "doc/java.md" "java"))))
  (is (<= (count (str/split-lines (slurp first-program))) 21)))

(deftest the-first-program-compiles-and-prints-what-the-document-says
  (with-temp-folder [folder]
    (is (= "" (javac "-Xlint:all" "-d" folder "-cp" (class-path core clojure) first-program)))
    (let [run #(apply run-java "-cp" (class-path folder core clojure) "example.Main" (path-in folder "messages.log") %)]
      (is (= "0 hello\n21 world\n" (run ["hello" "world"])))
      (is (= "0 hello\n21 world\n42 more\n" (run ["more"]))))))

(deftest the-lines-of-the-readme-compile-and-run
  (with-temp-folder [folder]
    (let [[lines & others] (blocks "README.md" "java"), source (path-in folder "Readme.java")]
      (is (empty? others))
      (spit source (str "import static java.nio.charset.StandardCharsets.UTF_8;\nimport flumelog.log.*;\nimport java.nio.file.Path;\n"
                        "class Readme {\n  public static void main(String[] args) {\n"
                        (str/replace lines "\"messages.log\"" "args[0]") "  }\n}\n"))
      (is (= "" (javac "-Xlint:all" "-d" folder "-cp" (class-path core clojure) source)))
      (is (= "hello\n" (run-java "-cp" (class-path folder core clojure) "Readme" (path-in folder "messages.log")))))))

(deftest the-example-compiles-and-prints-what-the-document-says
  (with-temp-folder [folder]
    (is (= "" (javac "-Xlint:all" "-d" folder "-cp" (class-path core clojure) example)))
    (is (= (block "text") (run-java "-cp" (class-path folder core clojure) "Example" (path-in folder "messages.log"))))))

;; The module

(def ^:private exported #{"flumelog.log" "flumelog.error" "flumelog.codec" "flumelog.spi" "flumelog.kafka"})

(deftest both-builds-name-the-module
  (is (= {"Automatic-Module-Name" "flumelog"} (:manifest (apply hash-map (drop 3 (read-string (slurp "project.clj")))))))
  (is (str/includes? (slurp "bin/jar") "-d $work/main dev/jar/module-info.java\n")))

(defn- write-jar
  "The jar, as bin/jar makes it: the classes, the Clojure code and the description of the module."
  [file folder]
  (is (= "" (javac "-Xlint:all,-requires-automatic" "-cp" folder "-p" (class-path clojure kafka jspecify) "--patch-module" (str "flumelog=" core) "-d" (path-in folder "module")
                   "dev/jar/module-info.java")))
  (with-open [jar (JarOutputStream. (io/output-stream file))]
    (doseq [folder [core "src" (path-in folder "module")], ^File f (file-seq (io/file folder)) :when (.isFile f)]
      (.putNextEntry jar (JarEntry. (str (.relativize (.toPath (io/file folder)) (.toPath f)))))
      (io/copy f jar))))

(def ^:private clojure-jars
  "Clojure's jar and those that it asks for."
  (filter #(re-find #"/(clojure|spec\.alpha|core\.specs\.alpha)-[\d.]+\.jar$" %)
          (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator))))

(defmacro ^:private with-module-path
  "Binds the module path of flumelog's jar and Clojure's."
  [[module-path folder] & body]
  `(with-temp-folder [~folder]
     (let [jar# (path-in ~folder "any-name-1.0.jar")
           ~module-path (apply class-path jar# clojure-jars)]
       (write-jar jar# ~folder)
       ~@body)))

(deftest a-program-on-the-module-path-can-use-it
  (with-module-path [module-path folder]
    (let [module (path-in folder "module-info.java"), classes (path-in folder "out"), source (path-in folder "Example.java")]
      (spit module "module example {\n  requires flumelog;\n}\n")
      (spit source (str "package example;\n" (slurp example)))
      (is (= "" (javac "-Xlint:all,-requires-automatic" "-d" classes "-cp" folder "-p" module-path module source)))
      (is (= (block "text")
             (run-java "-p" (class-path classes module-path) "-m" "example/example.Example" (path-in folder "messages.log")))))))

(deftest the-module-shows-its-api-and-nothing-else
  (with-module-path [module-path folder]
    (let [finder (ModuleFinder/of (into-array Path [(.toPath (io/file (path-in folder "any-name-1.0.jar")))]))
          module (.descriptor ^ModuleReference (.get (.find finder "flumelog")))
          inside (set (remove exported (map #(str "flumelog." (.getName ^File %)) (.listFiles (io/file "java-src/flumelog")))))
          source (path-in folder "Inside.java"), info (path-in folder "module-info.java")]
      (is (= exported (set (map #(.source ^ModuleDescriptor$Exports %) (.exports module)))))
      (is (every? #(not (.isQualified ^ModuleDescriptor$Exports %)) (.exports module)))
      (spit info "module example {\n  requires flumelog;\n}\n")
      (spit source (str "package example;\n" (apply str (map #(str "import " % ".*;\n") (sort inside))) "class Inside {}\n"))
      (let [said (javac "-d" (path-in folder "out") "-p" module-path info source)]
        (doseq [package inside] (is (str/includes? said (str "package " package " is not visible")) package))))))

(deftest ^{:ci "starts a JVM"} clojure-on-the-module-path-can-use-it
  (with-module-path [module-path folder]
    (let [script (path-in folder "script.clj")]
      (spit script (str '(require (quote [flumelog.core :as log]) (quote flumelog.memory) (quote flumelog.specs))
                        '(with-open [l (log/open (first *command-line-args*))]
                           (log/append-all! l [{:n 1} {:n 2}])
                           (prn (vec l) (into [] (log/live l {:limit 1}))
                                (:flumelog/error (ex-data (try (log/fetch l 7) (catch Exception e e))))
                                (.getName (.getModule (class l)))))))
      (is (= "[{:n 1} {:n 2}] [[0 {:n 1}]] :not-a-record \"flumelog\""
             (str/trim (run-java "-p" module-path "--add-modules" "flumelog" "-m" "clojure/clojure.main" script
                                 (path-in folder "a.log"))))))))

;; Javadoc

(defn- sources [& paths]
  (for [path paths, ^File f (file-seq (io/file "java-src/flumelog" path)) :when (str/ends-with? (.getName f) ".java")]
    (str f)))

(def ^:private api
  "What Java programs see, as bin/javadoc lists it."
  (let [listed (second (re-find #"(?s)\napi=\"(.*?)\"" (slurp "bin/javadoc")))]
    (mapcat #(sources (str/replace % "/*.java" "")) (str/split listed #"\s+"))))

(defn- undocumented [sources]
  (with-temp-folder [folder]
    (apply run-tool (ToolProvider/getSystemJavaCompiler) "-Xdoclint:all/protected" "-Xmaxwarns" "1000" "-proc:none"
           "-implicit:none" "-d" folder "-cp" (class-path core clojure kafka jspecify) sources)))

(deftest every-public-java-member-has-a-complete-javadoc
  (is (some #{"java-src/flumelog/log/OffsetLog.java"} api))
  (is (= "" (undocumented (remove #(str/includes? % "/error/") api))))
  (is (= [] (remove #(re-find #"^  (public static LogException |/\*\* @param )" %)   ; the factories say what they throw
                    (re-seq #"(?m)^  .*\w.*$" (undocumented (sources "error")))))))

(defn- results-that-may-be-null
  "The signature of each method of which a file's Javadoc says that it may return null."
  [file]
  (for [[_ doc signature] (re-seq #"(?s)/\*\*((?:(?!\*/).)*)\*/\s*(?:@Override\s+)?([^\n]+)" (slurp file))
        :let [returned (re-find #"(?s)@return((?:(?!@throws|@param).)*)" doc)]
        :when (and returned (re-find #"; null |or null " (second returned)))]
    signature))

(deftest results-that-may-be-null-are-annotated
  (let [found (mapcat results-that-may-be-null (filter (fn [file] (some #(str/includes? file (str/replace % "." "/")) exported)) api))]
    (is (< 9 (count found)))
    (doseq [signature found] (is (str/includes? signature "@Nullable ") signature)))
  (doseq [package exported]
    (is (str/includes? (slurp (str "java-src/" (str/replace package "." "/") "/package-info.java")) (str "@NullMarked\npackage " package ";")))))

(deftest ^{:ci "makes the whole documentation"} javadoc-is-made-without-a-warning
  (with-temp-folder [folder]
    (is (= "" (apply run-tool (ToolProvider/getSystemDocumentationTool) "-Werror" "-Xdoclint:all,-missing" "-quiet"
                     "-d" folder "-cp" (class-path core clojure kafka jspecify) (sources ""))))))

(deftest the-document-lists-every-option
  (let [methods (into #{} (comp (filter #(= LogOptions (.getReturnType ^java.lang.reflect.Method %)))
                                (map #(.getName ^java.lang.reflect.Method %)) (remove #{"of" "defaults"}))
                      (filter #(java.lang.reflect.Modifier/isPublic (.getModifiers ^java.lang.reflect.Method %))
                              (.getDeclaredMethods LogOptions)))]
    (is (= methods (set (map second (re-seq #"(?m)^\| `(with\w+|readOnly)\(" (slurp "doc/java.md"))))))))

(defn- path-of ^java.nio.file.Path [folder name] (.toPath (io/file (path-in folder name))))

(deftest a-damaged-file-is-looked-at-and-mended-by-its-path
  (with-temp-folder [folder]
    (let [path (path-of folder "a.log"), options (LogOptions/defaults)]
      (with-open [l (OffsetLog/open path)]
        (.appendAll l (mapv #(.getBytes (str "record " %)) (range 4))))
      (is (= {"ok" true "frames" 4} (select-keys (Verification/run path options) ["ok" "frames"])))
      (with-open [file (RandomAccessFile. (.toFile path) "rw")]
        (.seek file 24)                                      ; the length of the second of four frames of 24 bytes
        (.writeInt file 77))
      (io/delete-file (path-in folder "a.log.checkpoint"))   ; which says that the log was closed in good order
      (is (= LogException$Kind/CORRUPT (try (OffsetLog/open path) (catch LogException e (.kind e)))))
      (is (false? (get (Verification/run path options) "ok")))
      (is (= 3 (get (Repair/salvage path (path-of folder "b.log") options) "frames")))
      (is (= 72 (get (Repair/recover path options 24) "cut-bytes")))
      (with-open [l (OffsetLog/open path)] (is (= 1 (.count (.stream l))))))))

(deftest a-log-is-written-anew-by-its-path
  (with-temp-folder [folder]
    (let [path (path-of folder "a.log"), options (LogOptions/defaults), moves (atom [])
          moved (reify Rewrite$Moved (record [_ from to] (swap! moves conj [from to])))]
      (with-open [l (OffsetLog/open path)]
        (.delete l (long-array [(first (.appendAll l (mapv (fn [n] (.getBytes (str "record " n))) (range 3))))])))
      (is (= {"frames" 2 "deleted" 1 "end" 32}
             (Rewrite/convert path (path-of folder "b.log") options (.withFraming options Format/LEGACY) moved)))
      (is (= [[24 0] [48 16]] @moves))
      (is (= {"frames" 2 "deleted" 1 "freed-bytes" 24 "end" 48} (Rewrite/compact path options Rewrite$Moved/NONE)))
      (with-open [l (OffsetLog/open path)] (is (= 2 (.count (.stream l))))))))

(deftest reports-give-each-fact-by-a-method
  (with-temp-folder [folder]
    (let [path (path-of folder "a.log"), options (LogOptions/defaults), copy (path-of folder "b.log")]
      (with-open [l (OffsetLog/open path), reader (OffsetLog/open path (.readOnly options))]
        (.appendAll l (mapv #(.getBytes (str "record " %)) (range 4)))
        (.delete l (long-array [24]))
        (.sync l)
        (let [info (.info l), read-info (LogInfo/of reader)]
          (is (= [72 (OptionalLong/of 72) (OptionalLong/of 96) (Optional/of Format/FLUME) (Optional/of OffsetWidth/BITS_53) true false]
                 [(.since info) (.durable info) (.end info) (.format info) (.offsetWidth info) (.isWritable info) (.isClosed info)]))
          (is (= [(OptionalLong/empty) false] [(.durable read-info) (.isWritable read-info)]) "a reader does not know what is durable")
          (is (= (.id l) (.get (.id info))))
          (is (= (str path) (.path info) (get (.asMap info) "path") (get info "path"))))
        (is (= [RecoveryReport$Tail/NONE 0 (Optional/empty)] ((juxt #(.tail ^RecoveryReport %) #(.frames ^RecoveryReport %) #(.kept ^RecoveryReport %)) (.recovery l))))
        (is (= [96 4 96] ((juxt #(.end ^BackupReport %) #(.frames ^BackupReport %) #(.copiedBytes ^BackupReport %)) (.backup l copy Progress/NONE)))))
      (let [report (Verification/run path options)]
        (is (= [true 4 1 72 96 [] 0] [(.isOk report) (.frames report) (.deleted report) (.since report) (.fileSize report) (.skipped report) (.skippedBytes report)]))
        (is (thrown? UnsupportedOperationException (.put report "ok" false))))
      (let [report (Rewrite/compact path options Rewrite$Moved/NONE)]
        (is (= [3 1 (OptionalLong/of 24) 72] [(.frames report) (.deleted report) (.freedBytes report) (.end report)])))
      (with-open [file (RandomAccessFile. (.toFile copy) "rw")] (.seek file 24) (.writeInt file 77))
      (io/delete-file (path-in folder "b.log.checkpoint") true)
      (let [report (Verification/run copy options), saved (Repair/salvage copy (path-of folder "c.log") options)]
        (is (= [false [(ByteRange. 24 48)] 24] [(.isOk report) (.skipped report) (.skippedBytes report)]))
        (is (= [3 [(ByteRange. 24 48)] 24] [(.frames saved) (.skipped saved) (.skippedBytes saved)])))
      (let [cut (Repair/recover copy options 24)]
        (is (= [24 72] [(.end cut) (.cutBytes cut)]))
        (is (.exists (.toFile ^Path (.get (.kept cut))))))
      (is (every? #(not (.exists (.toFile ^Path %))) (.removed (SideFiles/drop path)))))))

(deftest the-file-of-a-log-is-the-one-to-which-a-link-leads
  (with-temp-folder [folder]
    (let [file (path-of folder "a.log"), link (path-of folder "link.log")]
      (java.nio.file.Files/createSymbolicLink link file (make-array java.nio.file.attribute.FileAttribute 0))
      (with-open [l (OffsetLog/open file)] (is (= file (.file l))))
      (with-open [l (OffsetLog/open link)]
        (is (= (.toRealPath file (make-array java.nio.file.LinkOption 0)) (.file l)))
        (is (= (str (.file l)) (.path l)))))))

(deftest an-exception-tells-its-numbers-by-name
  (with-temp-folder [folder]
    (with-open [l (OffsetLog/open (path-of folder "a.log"))]
      (let [e (failure (.fetch l 7))]
        (is (= LogException$Kind/NOT_A_RECORD (.kind ^LogException e)))
        (is (= {"path" (path-in folder "a.log") "offset" 7 "end" 0} (into {} (.facts ^LogException e))))))))
