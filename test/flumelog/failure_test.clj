(ns flumelog.failure-test
  "What a disk says when a call fails, in the words of the log: no room is `:full` however the system puts it, the first
   cause of a failure is the one that is told, and what failed in the background is not lost."
  (:require [clojure.set :as set]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure log-in logged watched]]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)
           (flumelog.error DiskFailures LogException LogException$Kind OptionFailures RecordFailures UseFailures)
           (flumelog.log Log)
           (java.io ByteArrayInputStream ByteArrayOutputStream IOException ObjectInputStream ObjectOutputStream)
           (java.nio.channels ClosedChannelException)
           (java.nio.file AccessDeniedException FileSystemException NoSuchFileException)
           (java.util.concurrent CompletableFuture ExecutionException TimeUnit)
           (java.util.logging Level LogRecord)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- failing
  "An open log on a disk on which each call of a kind says what `said` holds, unless that is nil."
  [op said options]
  (log-in (watched (disk/folder (disk/disk))
                   (fn [what name] (when (and @said (= [op file] [what name])) (throw (IOException. ^String @said)))))
          file (merge {:codec :utf8 :sync :none} options)))

(deftest a-full-disk-is-recognised-in-the-words-of-every-system
  (doseq [[said kind] {"No space left on device"                :full
                       "Disk quota exceeded"                    :full
                       "File too large"                         :full
                       "There is not enough space on the disk"  :full
                       "Input/output error"                     :failed}]
    (testing said
      (let [saying (atom nil), l (failing :append saying {})]
        (log/append! l "a")
        (reset! saying said)
        (let [e (failure (log/append! l "b"))]
          (is (= kind (:flumelog/error (ex-data e))))
          (is (every? #(str/includes? (ex-message e) %) [said file]) "the sentence says what the system said"))
        (reset! saying nil)
        (is (= 17 (log/append! l "b")) "and later there is room")))))

(deftest a-failure-that-says-nothing-is-a-failure
  (let [saying (atom nil)
        l (log-in (watched (disk/folder (disk/disk)) (fn [op _] (when (and @saying (= :append op)) (throw (IOException.)))))
                  file {:codec :utf8})]
    (reset! saying true)
    (is (= :failed (error (log/append! l "a"))))))

(deftest the-file-system-is-quoted-in-its-own-words
  (doseq [[cause words] {(NoSuchFileException. "/b")                       "there is no /b"
                         (FileSystemException. "/b" nil "Is a directory")  "Is a directory"
                         (AccessDeniedException. "/b")                     "there is no permission for /b"
                         (IOException. "Invalid argument")                 "Invalid argument"}]
    (is (= (str "cannot open /a: " words) (ex-message (DiskFailures/cannotOpen "/a" cause))))
    (is (= (str "reading /a failed: " words) (ex-message (DiskFailures/io "/a" "reading" cause)))))
  (is (= :full (:flumelog/error (ex-data (DiskFailures/io "/a" "writing" (FileSystemException. "/a" nil "No space left on device")))))))

(deftest the-first-of-two-failures-is-reported
  (let [d (disk/disk), log (promise), at-work (atom false)
        ;; While a force is under way another thread appends, which can neither be done nor undone; then the force fails.
        before (fn [op name]
                 (when (and @at-work (= file name))
                   (case op
                     :force (do (is (= :failed (deref (future (error (log/append! @log "b"))) 30000 :waits)))
                                (throw (IOException. "the force")))
                     :append (throw (IOException. "the append"))
                     :truncate (throw (IOException. "the way back"))
                     nil)))
        l (log-in (watched (disk/folder d) before) file {:codec :utf8 :sync :none})]
    (deliver log l)
    (log/append! l "a")
    (reset! at-work true)
    (is (= :failed (error (log/sync! l))))
    (is (str/includes? (ex-message (failure (log/append! l "c"))) "the way back"))
    (is (= ["a"] (into [] l)))))

(defn- first-logged
  "The first record that is logged, while f runs or later, of a log on a test disk: its path has no folder. Logs that
   another test left open may log too."
  ^LogRecord [f]
  (let [on-test-disk? #(not (str/includes? (str (.getMessage ^LogRecord %)) "/"))]
    (first (filter on-test-disk? (logged f #(some on-test-disk? %))))))

(deftest a-failed-background-force-is-logged-and-fails-the-next-call
  (let [saying (atom nil)
        ^LogCollection l (failing :force saying {:sync {:every-ms 1}})
        record (first-logged #(do (reset! saying "Input/output error") (log/append! l "a")))]
    (is (= Level/SEVERE (.getLevel record)))
    (is (true? (str/includes? (str (.getMessage record) (.getThrown record)) "Input/output error")))
    (is (= :failed (error (log/append! l "b"))))
    (is (= :failed (error (.close l))))))

(deftest a-checkpoint-that-can-t-be-written-is-a-warning
  (let [d (disk/disk)
        ^LogCollection l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append! l "a")
    (let [record (first-logged #(do (disk/fail! d {:op :overwrite :file #"checkpoint" :for-ever true}) (log/sync! l)))]
      (is (= Level/WARNING (.getLevel record))))
    (is (= 0 @(log/durable l)) "the record is on disk all the same")
    (is (nil? (.close l)))
    (with-open [l (disk/open (disk/lose-power d 1) file {:codec :utf8})] (is (= ["a"] (into [] l))))))

(deftest a-failing-close-is-an-error
  (let [saying (atom nil), ^LogCollection l (failing :close saying {})]
    (log/append! l "a")
    (reset! saying "Input/output error")
    (is (= :failed (error (.close l))))
    (is (= :closed (error (get l 0))) "it is closed all the same")
    (is (nil? (.close l)) "it is closed all the same")))

(deftest the-first-failure-of-close-carries-the-second
  (let [at-work (atom false)
        l (log-in (watched (disk/folder (disk/disk))
                           (fn [op name] (when (and @at-work (= file name) (#{:force :close} op))
                                           (throw (IOException. (str "no " op))))))
                  file {:codec :utf8 :sync :none})]
    (log/append! l "a")
    (reset! at-work true)
    (let [e (failure (.close ^LogCollection l))]
      (is (str/includes? (ex-message e) "no :force") "that something may not be on disk")
      (is (str/includes? (str (last (.getSuppressed ^Throwable e))) "no :close")))))

(deftest nobody-waits-for-ever-after-any-error
  (let [saying (atom nil)
        log-of (fn [sync] (log-in (watched (disk/folder (disk/disk))
                                           (fn [op _] (when (and @saying (= :force op)) (throw (IllegalStateException. ^String @saying)))))
                                  file {:codec :utf8 :sync sync}))]
    (testing "by a force that an append waits for"
      (let [l (log-of :each)]
        (log/append! l "a")
        (reset! saying "surprise")
        (is (thrown-with-msg? ExecutionException #"surprise" (.get ^CompletableFuture (log/append-async! l "b") 30 TimeUnit/SECONDS)))))
    (testing "by one in the background"
      (reset! saying nil)
      (let [l (log-of {:every-ms 1})]
        (log/append! l "a")
        (log/sync! l)
        (let [record (first-logged #(do (reset! saying "surprise") (log/append! l "b")))]
          (is (= Level/SEVERE (some-> record .getLevel)))
          (is (str/includes? (str (some-> record .getThrown)) "surprise")))))))

(deftest a-read-of-a-file-that-was-closed-fails-as-closed
  (let [gone (atom false)
        before (fn [op name] (when (and @gone (= [:read file] [op name])) (throw (ClosedChannelException.))))
        l (log-in (watched (disk/folder (disk/disk)) before) file {:codec :utf8 :cache-blocks 0})]
    (log/append! l "a")
    (reset! gone true)
    (is (= :closed (error (get l 0))))
    (is (= :closed (error (into [] l))))))

;; Sentences

(deftest a-sentence-quotes-a-cause-and-not-a-whole-record
  (let [long-cause (apply str (repeat 5000 "x"))
        codec {:encode (fn [^String s] (.getBytes s)) :decode (fn [_] (throw (ex-info long-cause {})))}]
    (with-open [l (disk/open (disk/disk) file {:codec codec})]
      (log/append! l "a")
      (let [^LogException e (failure (get l 0))]
        (is (str/includes? (ex-message e) (subs long-cause 0 200)))
        (is (< (count (ex-message e)) 400))
        (is (nil? (ex-cause e)) "all of it goes along")
        (is (= long-cause (ex-message (.origin e))) "all of it goes along")))))

(deftest an-error-shows-its-data-and-tells-java-its-kind
  (let [^LogException e (failure (.close (doto (disk/open (disk/disk) file) .close (get 0))))]
    (is (= LogException$Kind/CLOSED (.kind e)))
    (is (= :closed (:flumelog/error (ex-data e))))
    (is (= (str "flumelog.error.LogException: " (ex-message e) " (CLOSED, path=\"" file "\")") (str e)))))

(defn- sent
  "The exception after a way through a stream of objects, as between two processes."
  [e]
  (let [bytes (ByteArrayOutputStream.)]
    (with-open [out (ObjectOutputStream. bytes)] (.writeObject out e))
    (.readObject (ObjectInputStream. (ByteArrayInputStream. (.toByteArray bytes))))))

(deftest an-error-that-is-sent-to-another-process-keeps-its-facts
  (doseq [^LogException e [(UseFailures/locked "a.log" 17)
                           (RecordFailures/encode "a.log" (IOException. "of the codec"))
                           (DiskFailures/noSuchFile "a.log" nil)]
          :let [^LogException again (sent e)]]
    (is (= (.kind e) (.kind again)))
    (is (= (.facts e) (.facts again)))
    (is (= (ex-data e) (ex-data again)))
    (is (= (str e) (str again)))
    (is (= (seq (.getStackTrace e)) (seq (.getStackTrace again))))
    (is (= (str (.origin e)) (str (.origin again))))
    (is (= (map str (.getSuppressed e)) (map str (.getSuppressed again))) "the origin is there once")))

(deftest the-failure-of-a-future-can-be-sent
  (let [e (failure @(.appendAsync ^Log (.log (doto ^LogCollection (disk/open (disk/disk) file) .close)) (byte-array [1])))
        again (sent e)]
    (is (= :closed (:flumelog/error (ex-data e))))
    (is (= (class e) (class again)))
    (is (= (ex-data e) (ex-data again)))))

(deftest what-cannot-be-sent-becomes-text
  (let [e (OptionFailures/missingLibrary ":cache" (Object.) "a/b" (ex-info "why" {:thread (Thread/currentThread)}))
        ^LogException again (sent e)]
    (is (= "a java.lang.Object" (get (.facts again) "value")))
    (is (= "clojure.lang.ExceptionInfo: why" (ex-message (.origin again))))
    (is (= [(.origin again)] (seq (.getSuppressed again))))
    (is (= :cache (:option (ex-data again))))))

(deftest a-fault-that-can-never-come-is-refused
  (let [d (disk/disk)]
    (doseq [ask [#(disk/fail! d {:op :apend}) #(disk/fail! d {:op :append :with :fire}) #(disk/fail! d {})
                 #(disk/hold! d :write #"" (promise)) #(disk/calls d :forces)]]
      (is (= :bad-option (error (ask)))))
    (is (= {:files {} :calls {} :faults []} @d))))

(deftest an-open-that-fails-closes-what-it-had-opened
  (let [d (disk/disk)]
    (with-open [l (disk/open d file {:codec :utf8})] (log/append-all! l (repeat 10 "some text")))
    (doseq [mode [:read-write :read]]
      (loop [k 1]
        (let [touched (atom #{}), closed (atom #{}), reads (atom 0)
              before (fn [op name]
                       (swap! (if (= :close op) closed touched) conj name)
                       (when (and (= :read op) (= k (swap! reads inc))) (throw (IOException. "can't read"))))
              _ (error (with-open [_ (log-in (watched (disk/folder d) before) file {:codec :utf8 :mode mode})]))]
          (is (set/subset? @touched @closed) (str mode ", read " k " fails"))
          (if (<= k (long @reads)) (recur (inc k)) (is (< 2 k) "the log and its checkpoint were read")))))))
