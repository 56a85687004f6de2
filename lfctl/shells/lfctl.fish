# SPDX-License-Identifier: GPL-2.0
# fish completion for lfctl: what bash would complete.
set -g __lfctl_candidates (dirname (status filename))/../../../libexec/liteflow/candidates

function __lfctl_complete
    set -l words (commandline -opc)
    $__lfctl_candidates lfctl $words[2..-1] (commandline -ct) | sort -u
end

complete -c lfctl -f -a '(__lfctl_complete)'
