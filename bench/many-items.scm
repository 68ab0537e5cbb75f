;; Runs inside a world: puts as many items as the environment's ITEM_COUNT into the store, and prints their paths.
(use-modules (guix store))
(with-store store
  (do ((number 0 (+ number 1)))
      ((= number (string->number (getenv "ITEM_COUNT"))))
    (let ((text (number->string number)))
      (display (add-text-to-store store (string-append "item-" text) text))
      (newline))))
