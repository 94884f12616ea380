(defproject io.github.flumelog/flumelog "0.1.0-SNAPSHOT"
  :description "An append-only log in one file: the key of a record is the byte offset where it starts."
  :license {:name "MIT" :url "https://opensource.org/licenses/MIT"}
  :dependencies [[org.clojure/clojure "1.12.6"]
                 ;; Only for the codecs :nippy and :json. A program that uses these names them itself.
                 [com.taoensso/nippy "3.1.3" :optional true :exclusions [org.lz4/lz4-java]]
                 ;; The maintained fork. org.lz4 is abandoned and has CVE-2025-12183 and
                 ;; CVE-2025-66566; the fork fixes these, and CVE-2026-106453 in 1.11.2.
                 [at.yawk.lz4/lz4-java "1.11.2" :optional true]
                 ;; Nippy loads one of these and asks for old versions: its own jar for the first, which
                 ;; has CVE-2024-36124 before 0.5; Debian's for the second, which has CVE-2023-43642 before 1.1.10.4.
                 [org.iq80.snappy/snappy "0.5" :optional true]
                 [org.xerial.snappy/snappy-java "1.1.10.12" :optional true]
                 [com.fasterxml.jackson.core/jackson-core "2.22.3" :optional true]
                 ;; Only for flumelog.view/bitmap.
                 [org.roaringbitmap/RoaringBitmap "1.6.29" :optional true]
                 ;; Only for keys that are made of a passphrase by Argon2id or scrypt.
                 [org.bouncycastle/bcprov-jdk18on "1.87" :optional true]
                 ;; Only for flumelog.kafka.
                 [org.apache.kafka/kafka-clients "4.4.0" :optional true]
                 ;; Only for the bar that long jobs of the command line show on a terminal.
                 [me.tongfei/progressbar "0.10.1" :optional true]]
  :source-paths ["src"]
  :java-source-paths ["java-src"]
  :test-paths ["test"]
  :resource-paths ["resources"]
  :target-path "target/%s"
  :clean-targets ^{:protect false} ["target"]
  ;; Texts are put together by code made now, not at run time, which slows the first open of a process. The last makes a
  ;; class of each package-info.java, without which lein compiles these every time. With -g and -parameters an editor
  ;; and a debugger show the names of parameters and variables.
  :javac-options ["--release" "17" "-g" "-parameters" "-XDstringConcat=inline" "-Xlint:all,-path,-options,-processing" "-Werror" "-Xpkginfo:always"]
  :jar-exclusions [#"\.java$"]
  :main nil                         ; a library: else lein would name clojure.main in the manifest
  :manifest {"Automatic-Module-Name" "flumelog"}
  :profiles
  {;; What javac needs and no program: the annotations that say what may be null.
   :provided {:dependencies [[org.jspecify/jspecify "1.0.0"]]}
   :dev   {:source-paths ["dev" "flumelog-test/src"]
           ;; The kit that tests publishers; it needs of TestNG only what is in its own jar.
           :dependencies [[org.clojure/test.check "1.1.3"]
                          [org.clojure/data.json "2.5.1"]    ; what reads JSON for the tests, besides our own codec
                          [org.clojure/core.async "1.8.741"] ; for flumelog.async, which nobody has to use
                          [com.github.ben-manes.caffeine/caffeine "3.2.4" :exclusions [*]] ; a cache for the option :cache
                          ;; What the recipes of doc/java.md use: see dev/java/Recipes.java.
                          [io.projectreactor/reactor-core "3.8.8"]
                          [io.reactivex.rxjava3/rxjava "3.1.12"]
                          [com.fasterxml.jackson.core/jackson-databind "2.22.3"]
                          [com.h2database/h2 "2.4.240"]
                          [io.micrometer/micrometer-core "1.17.2"]
                          [org.jetbrains.lincheck/lincheck "3.4"]
                          ;; Named, or else Lincheck gets the older one that core.async asks for, and sees
                          ;; nothing; its own, 9.6, can't read what runs on Java 23 and later.
                          [org.ow2.asm/asm "9.9.1"]
                          [org.ow2.asm/asm-commons "9.9.1"]
                          [org.ow2.asm/asm-util "9.9.1"]
                          [org.reactivestreams/reactive-streams-tck-flow "1.0.4" :exclusions [org.testng/testng]]
                          [org.testng/testng "7.3.0" :exclusions [*]]
                          ;; Keeps Kafka's clients quiet, which ask for the loggers of slf4j 1.7.
                          [org.slf4j/slf4j-nop "1.7.36"]]
           ;; Having options of our own also keeps lein from adding its own, which turn off the
           ;; better of the JVM's two compilers (C2).
           :jvm-opts ["--enable-native-access=ALL-UNNAMED"]} ; lz4's; Java 25 warns without it
   :1.11  {:dependencies [[org.clojure/clojure "1.11.4"]]
           :jvm-opts ["-Dflumelog.clojure=1.11"]}            ; so that a test can assert it
   :check {:target-path "target/check"                       ; bin/check compiles from scratch
           :dependencies [[org.clojure/core.async "1.8.741"]]} ; and loads every namespace
   ;; The benchmarks are in dev/bench, namespaces bench.*, and run with bin/bench; criterium, for
   ;; those of the Clojure wrappers, is on Clojars only.
   :bench {:dependencies [[criterium "0.4.6"]
                          [org.clojure/data.json "2.5.1"]]
           :jvm-opts ^:replace ["-server" "--enable-native-access=ALL-UNNAMED"]}
   ;; What bin/bench compares with; all of it is on Maven Central, none of it in the library.
   :peers {:dependencies [[org.lmdbjava/lmdbjava "0.9.3"]
                          [net.openhft/chronicle-queue "2026.4"]
                          [org.rocksdb/rocksdbjni "11.8.1"]
                          [com.h2database/h2-mvstore "2.4.240"]
                          [org.xerial/sqlite-jdbc "3.54.1.0"]
                          [org.apache.kafka/kafka-storage "4.4.0"]
                          [org.slf4j/slf4j-api "2.0.17"] ; or else lein takes the older one of Kafka's client
                          [org.slf4j/slf4j-nop "2.0.17"]]}
   ;; What the command line has besides: Kafka's client asks for a logger, and says so where there is none.
   :cli {:dependencies [[org.slf4j/slf4j-nop "1.7.36"]]}
   ;; The broker of the tests and of bin/bench --kafka: dev/broker/Broker.java. It has a class path and a JVM of its own.
   :broker {:dependencies ^:replace [[org.apache.kafka/kafka_2.13 "4.4.0"]
                                     [org.slf4j/slf4j-nop "1.7.36"]]}
   ;; bin/api-changes: what of the public Java API an older program would miss.
   :api-changes {:dependencies [[com.github.siom79.japicmp/japicmp "0.27.0"]]}
   :jmh   {:java-source-paths ["dev/bench/java"]
           ;; Named, because javac 23 and later no longer look for processors by themselves;
           ;; replaced, because the code that JMH generates is not ours to keep free of warnings.
           :javac-options ^:replace ["--release" "17" "-processor"
                                     "org.openjdk.jmh.generators.BenchmarkProcessor"]
           :dependencies [[org.openjdk.jmh/jmh-core "1.37"]
                          [org.openjdk.jmh/jmh-generator-annprocess "1.37"]]
           :jvm-opts ^:replace ["-server"]}}
  ;; Without the dev profile, because check would run dev/tour.clj; bin/check does more.
  :aliases {"jar"     ["run" "-m" "jar"]
            "pom"     ["run" "-m" "jar"]
            "install" ["run" "-m" "jar" "install"]
            "uber"    ["run" "-m" "jar" "uber"]
            "check" ["with-profile" "-dev,+check" "check"]
            "bench" ["with-profile" "+bench" "run" "-m" "bench.main" "--wrappers"] ; all else: bin/bench
            "jmh"   ["with-profile" "+jmh" "run" "-m" "org.openjdk.jmh.Main"]})
