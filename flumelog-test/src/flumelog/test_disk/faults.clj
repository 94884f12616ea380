;; A part of flumelog.test-disk: calls that fail, calls that wait, and the call at which the power goes.
(in-ns 'flumelog.test-disk)

(set! *warn-on-reflection* true)

(def ^:private kinds #{:read :append :overwrite :truncate :force :open})

(def ^:private messages
  {:io-error "Input/output error" :full "No space left on device" :half "No space left on device"
   :no-memory "Java heap space"})

(defn- check
  "The value, which must be a known one: a test with a misspelled fault would pass, since that fault never comes."
  [argument known value]
  (when-not (known value)
    (throw (OptionFailures/badArgument (name argument) value (str "one of " (str/join " " (sort known))))))
  value)

(defn calls
  "The number of calls that the disk has had, in all or of one kind: `:read :append :overwrite :truncate :force :open`.

     (with-open [log (open d \"a.log\")]
       (let [before (calls d :append)]
         (flumelog.core/append-all! log [1 2 3])
         (- (calls d :append) before)))   ;=> 1"
  (^long [disk] (long (reduce + (vals (:calls @disk)))))
  (^long [disk kind] (long (get-in @disk [:calls (check :kind kinds kind)] 0))))

(defn break-at!
  "The power goes at the n-th call from now on. That call does nothing and throws, and so do all later calls.

     (let [log (open d \"a.log\")]
       (break-at! d 1)
       (flumelog.core/append! log 1))   ;=> throws ... the power is gone..."
  [disk n]
  (swap! disk assoc :break-at (+ (calls disk) (long n))))

(defn fail!
  "Makes calls fail. `:op` is the kind of call: `:read :append :overwrite :truncate :force :open`; `:open` is also the
   kind of creating, renaming and deleting. `:after` is the number of the call of that kind that fails: 1, the default,
   is the next one. With `:for-ever true` all later calls of that kind fail too. `:file`, a regex, limits the fault to
   files whose name it finds.

   `:with` is the error: `:io-error` (the default), `:full`, `:half` (half of the bytes are written, or the file is
   created or renamed, and then the disk is full), or `:no-memory` (an OutOfMemoryError before anything is done).

     (with-open [log (open d \"a.log\")]
       (fail! d {:op :append :with :full})
       (try (flumelog.core/append! log 1) (catch Exception e (:flumelog/error (ex-data e)))))   ;=> :full"
  [disk {:keys [op after with for-ever file] :or {after 1 with :io-error file #""}}]
  (swap! disk update :faults conj {:op (check :op kinds op) :with (check :with (set (keys messages)) with)
                                   :left after :for-ever for-ever :file file}))

(defn hold!
  "From now on, calls of the kind `op` on files whose name the regex `file` finds wait until the promise `go-on` is
   delivered: for tests of what other threads do meanwhile.

     (with-open [log (open d \"a.log\" {:sync :each})]
       (let [go-on (promise), _ (hold! d :force #\"a.log$\" go-on), offset (flumelog.core/append-async! log 1)]
         [(.isDone offset) (deliver go-on true) @offset]))   ;=> [false ... 0]"
  [disk op file go-on]
  (swap! disk update :holds (fnil conj []) {:op (check :op kinds op) :file file :go-on go-on})
  disk)

(defn heal!
  "Removes all faults: no call fails or waits from now on.

     (with-open [log (open d \"a.log\")]
       (fail! d {:op :append :for-ever true})
       (heal! d)
       (flumelog.core/append! log 1))   ;=> 0"
  [disk]
  (swap! disk assoc :faults [] :holds [] :break-at nil))

(defn- count-down [fault op name]
  (if (and (= op (:op fault)) (re-find (:file fault) name) (pos? (long (:left fault))))
    (update fault :left dec)
    fault))

(defn- fires? [fault op name before]
  (and (= op (:op fault)) (re-find (:file fault) name)
       (zero? (long (:left fault)))
       (or (:for-ever fault) (pos? (long (:left before))))))

(defn- wait-where-held [disk op name]
  (doseq [hold (:holds @disk) :when (and (= op (:op hold)) (re-find (:file hold) name))]
    (deref (:go-on hold))))

(defn- called!
  "Counts a call. Returns the error that it has to fail with, or nil. Throws when the power is gone."
  [disk op name]
  (notice! disk)
  (let [[before after] (swap-vals! disk (fn [state]
                                          (-> state
                                              (update-in [:calls op] (fnil inc 0))
                                              (update :faults (partial mapv #(count-down % op name))))))]
    (wait-where-held disk op name)
    (when (and (:break-at after) (>= (calls (atom after)) (long (:break-at after))))
      (throw (IOException. "the power is gone")))
    (:with (first (keep (fn [[old new]] (when (fires? new op name old) new))
                        (map vector (:faults before) (:faults after)))))))

(defn- fail-with [fault]
  (case fault
    nil nil
    :no-memory (throw (OutOfMemoryError. (messages fault)))
    (throw (IOException. ^String (messages fault)))))
