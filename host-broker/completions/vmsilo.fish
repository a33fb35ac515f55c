# fish completion for vmsilo and its commands. What may stand where is known to vmsilo itself.

function __vmsilo_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program (basename $words[1])
    for line in (vmsilo --complete $program $words[2..-1] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end

for program in vmsilo vm-run vm-copy vm-shell vm-start vm-stop vm-pause vm-restart vmsilo-usb
    complete -c $program -f -a '(__vmsilo_complete)'
end

complete -c vmsilo-image -f -a 'build list show update shell remove small debian'
complete -c vmsilo-image -l name -x -d 'of a Debian image'
complete -c vmsilo-image -l image-dir -r -d 'where images are'
complete -c vmsilo-image -l if-needed -d 'only if the archive has newer packages'
complete -c vmsilo-image -l output -r -d 'where the image goes'
complete -c vmsilo-image -l agent -r -d 'the statically linked agent'
complete -c vmsilo-image -l kernel-package -x -d 'the kernel'
complete -c vmsilo-image -l module -x -d 'a further kernel module'
complete -c vmsilo-image -l force -d 'build even if no input changed'
complete -c vmsilo-broker -l system -d 'the machine\'s broker'
complete -c vmsilo-broker -l config -r -d 'instead of the default configuration file'
