;; What `guix pull` fetches, wherever this file is ~/.config/guix/channels.scm: always the same Guix. In
;; the repository that is the one which Guix 1.5.0 packages itself; a release names the newest of its day.
(list (channel
       (name 'guix)
       (url "https://git.guix.gnu.org/guix.git")
       (branch "master")
       (commit "2d4ed08662714ea46cfe0b41ca195d1ef845fd1b")
       (introduction
        (make-channel-introduction
         "9edb3f66fd807b096b48283debdcddccfea34bad"
         (openpgp-fingerprint
          "BBB0 2DDF 2CEA F6A8 0D1D  E643 A2A0 6DF2 A33A 54FA")))))
