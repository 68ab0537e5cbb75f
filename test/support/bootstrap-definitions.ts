/** A busybox that is called by the names of its programs. */
export const seed = `
(define-public seed
  (package
    (name "seed")
    (version "1")
    (source (origin (method url-fetch) (uri "http://somewhere/busybox") (sha256 (base32 "@seed@"))))
    (build-system trivial-build-system)
    (arguments
     '(#:builder
       (let* ((bin (string-append (assoc-ref %outputs "out") "/bin"))
              (busybox (string-append bin "/busybox")))
         (mkdir-p bin)
         (copy-file (assoc-ref %build-inputs "source") busybox)
         (chmod busybox #o755)
         (invoke busybox "--install" "-s" bin))))
    (home-page #f)
    (synopsis "Shell and tools")
    (description "Many small programs in one.")
    (license #f)))
`;

/** A package that a shell script of the seed makes; it finds \`out\` in its environment. */
export function scripted(
  name: string,
  script: string,
  { inputs = 'seed', given = '' } = {},
): string {
  return `
(define-public ${name}
  (package
    (name "${name}")
    (version "1")
    (build-system trivial-build-system)
    (inputs (list ${inputs}))
    (arguments '(#:builder (invoke "sh" "-ec" ${JSON.stringify(script)}) ${given}))))
`;
}
