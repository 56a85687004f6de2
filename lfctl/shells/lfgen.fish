# SPDX-License-Identifier: GPL-2.0
# fish completion for lfgen: what bash would complete.
set -g __lfgen_candidates (dirname (status filename))/../../../libexec/liteflow/candidates

function __lfgen_complete
    set -l words (commandline -opc)
    $__lfgen_candidates lfgen $words[2..-1] (commandline -ct) | sort -u
end

complete -c lfgen -f -a '(__lfgen_complete)'
