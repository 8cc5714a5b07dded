#!/bin/busybox sh
# The first process of a Linux guest. Everything it prints for tests begins with "bulkhead-init: ".
#
# The kernel's command line says what to do:
#   bulkhead.run="COMMANDS"   run them (the functions below are there to use), then power the zone off
#   (nothing)                 the drivers of its devices, and an interactive shell on the console; leaving it powers
#                             the zone off

/bin/busybox mkdir -p /bin /dev /proc /sys /tmp
/bin/busybox mount -t proc proc /proc
begun=$(/bin/busybox grep -e '^now at' -e idle_sleeptime /proc/timer_list)
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp TERM=linux PS1='# '

# Prints a line and waits until the console has sent it, so that the kernel's next message does not cut it in two:
# stty, whatever it sets, lets the output drain first.
say() {
    echo "bulkhead-init: $*"
    stty cs8
}

# Takes every CPU but the first out and back in, and runs something on it afterwards.
hotplug() {
    for folder in /sys/devices/system/cpu/cpu[1-9]*; do
        cpu=${folder##*/cpu}
        echo 0 >"$folder/online" || say "cpu$cpu refuses to go"
        say "cpu$cpu online=$(cat "$folder/online")"
        echo 1 >"$folder/online" || say "cpu$cpu refuses to come"
        say "cpu$cpu online=$(cat "$folder/online") ran=$(taskset -c "$cpu" echo yes)"
    done
    say "hotplug done"
}

# heartbeat SECONDS: once a second, says whether the memory still holds what it did at the start.
heartbeat() {
    before=$(sha256sum /bin/busybox)
    beat=0
    while [ "$beat" -lt "$1" ]; do
        sleep 1
        beat=$((beat + 1))
        [ "$(sha256sum /bin/busybox)" = "$before" ] && state=intact || state=CHANGED
        say "heartbeat $beat memory $state"
    done
}

# The kernel's own clock when init began, and how much of its time the CPUs had idled until then.
clock() { echo "$begun"; }

# Repeats every line that the console receives; a line "quit" ends it.
repeat_input() {
    say "listening"
    while read -r line; do
        [ "$line" = quit ] && break
        say "received <$line>"
    done
}

# mark NAME: says that it has come here, and waits for a line of input. A CPU works meanwhile, so that a machine whose
# clock counts instructions does not run ahead of who types.
mark() {
    while :; do :; done &
    worker=$!
    say "mark $1"
    read -r line
    kill "$worker"
    # The shell would tell that it was killed.
    wait "$worker" 2>/dev/null
}

# busy SECONDS: each CPU starts short-lived processes and pipes what they read to others on the next CPU.
busy() {
    cpus=$(nproc)
    workers=
    for cpu in $(seq 0 $((cpus - 1))); do
        next=$(((cpu + 1) % cpus))
        taskset -c "$cpu" sh -c \
            "while :; do head -c 65536 /bin/busybox | taskset -c $next sha256sum; done >/dev/null" &
        workers="$workers $!"
    done
    sleep "$1"
    # shellcheck disable=SC2086 # one word for each process
    kill $workers
    wait 2>/dev/null
}

# The drivers of devices that the zone owns, where this initramfs has them, in the order of their names.
drivers() {
    for module in "/lib/modules/$(uname -r)/devices"/*; do
        [ -e "$module" ] && { insmod "$module" || say "$module cannot be loaded"; }
    done
}

# took NAME COMMAND: how many nanoseconds the command takes by the kernel's clock, which is read without a process.
clock_now() { { read -r _ && read -r _ && read -r _ _ now _; } </proc/timer_list; }
took() {
    name=$1
    shift
    clock_now
    begin=$now
    "$@" >/dev/null 2>&1 || say failed "$name"
    clock_now
    say took "$name" $((now - begin))
}

# The work of a disk.
disk_work() {
    took write_4k dd if=/dev/zero of=/dev/vda bs=4k count=4000 oflag=direct conv=fsync
    took read_4k dd if=/dev/vda of=/dev/null bs=4k count=4000 iflag=direct
    took write_256k dd if=/dev/zero of=/dev/vda bs=256k count=200 oflag=direct conv=fsync
    took read_256k dd if=/dev/vda of=/dev/null bs=256k count=200 iflag=direct
}

# The work of two network devices with a wire between them: requests that are answered, of one packet and of 44.
network_work() {
    # It speaks when nobody asks.
    echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
    echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
    # What holds the network that the second is in; the kernel would not use the wire within one.
    unshare -n sleep 9999 &
    far=$!
    # Until it has left this one: the second would stay here, down, and QEMU keep the first's packets for it for ever.
    while [ /proc/self/ns/net -ef "/proc/$far/ns/net" ]; do :; done
    ip link set eth1 netns "$far"
    ip addr add 10.0.0.1/24 dev eth0
    ip link set eth0 up
    nsenter -t "$far" -n ip addr add 10.0.0.2/24 dev eth1
    nsenter -t "$far" -n ip link set eth1 up
    # Each has asked for the other's address then.
    ping -c 1 10.0.0.2
    took ping_56 ping -A -c 2000 -s 56 10.0.0.2
    took ping_65000 ping -A -c 200 -s 65000 10.0.0.2
}

# The first time fills the disk and restarts the zone without unmounting it or writing it back: what the files are
# called and where they lie is in the journal alone. The second says whether the disk holds them still.
disk() {
    mkdir -p /mnt
    if mount -t ext4 /dev/vda /mnt; then
        sha256sum -c /mnt/sum && say "disk kept" || say "disk CHANGED"
    # By its path, because that of busybox knows no journal.
    elif /bin/mke2fs -q -t ext4 /dev/vda && mount -t ext4 /dev/vda /mnt; then
        head -c 4000000 /dev/urandom | dd of=/mnt/data conv=fsync
        sha256sum /mnt/data | dd of=/mnt/sum conv=fsync
        say "disk filled"
        reboot -n -f
    else
        say "no disk"
    fi
}

# Says when it listens to the zone's keys, and then the first event: its type, code and value.
button() {
    exec 3</dev/input/event0
    say "listening to $(cat /sys/class/input/event0/device/name)"
    # struct input_event: two words of time, then these.
    say "event $(head -c 24 <&3 | od -An -t u2 -j 16 -N 6 | xargs)"
}

# The drivers for channels, where this initramfs has them and the zone has a channel.
set -- /proc/device-tree/ivc@*
if [ -e "$1" ]; then
    for module in "/lib/modules/$(uname -r)"/*.ko; do
        [ -e "$module" ] && { insmod "$module" || say "$module cannot be loaded"; }
    done
fi

say "ready $(uname -r) cpus=$(nproc)"

run=$(sed -n 's/.*bulkhead\.run="\([^"]*\)".*/\1/p; t; s/.*bulkhead\.run=\([^ ]*\).*/\1/p' /proc/cmdline)
case $run in
'')
    drivers
    setsid cttyhack sh
    ;;
*) eval "$run" ;;
esac
poweroff -f
