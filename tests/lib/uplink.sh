# shellcheck shell=bash
# A host with one uplink and an internet behind it, for tests in a network namespace of their own. At port 8000 the server, the host and
# its loopback say hello; names are looked up at a resolver on the host's loopback, which says "an address" to whatever it is asked, or to
# who connects.
server4=198.51.100.7 server6=2001:db8:7::7 host4=192.0.2.1 host6=2001:db8::1
uplink_servers=()

uplink_make() {
	ip link set lo up
	ip netns add internet
	ip link add uplink type veth peer name wire netns internet
	ip addr add $host4/24 dev uplink
	ip -6 addr add $host6/64 dev uplink nodad
	ip link set uplink up
	ip -n internet link set lo up
	ip -n internet addr add 192.0.2.2/24 dev wire
	ip -n internet -6 addr add 2001:db8::2/64 dev wire nodad
	ip -n internet link set wire up
	ip -n internet addr add $server4/32 dev lo
	ip -n internet -6 addr add $server6/128 dev lo nodad
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8::2
	# As a machine is that lends its IPv6 to others: with --system that is not switched on for it.
	sysctl -qw net.ipv6.conf.all.forwarding=1
	echo 'nameserver 127.0.0.53' >"$work/resolv.conf"
	mount --bind "$work/resolv.conf" /etc/resolv.conf
	ip netns exec internet python3 -c "$uplink_serve" >"$work/internet" &
	uplink_servers+=($!)
	python3 -c "$uplink_serve" names >"$work/host" &
	uplink_servers+=($!)
	until_true test -s "$work/internet" && until_true test -s "$work/host"
}

uplink_serve='import select, socket, sys
tcp = socket.create_server(("::", 8000), family=socket.AF_INET6, dualstack_ipv6=True)
sockets = [tcp]
if sys.argv[1:] == ["names"]:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.53", 53))
    names = socket.create_server(("127.0.0.53", 53))
    sockets += [udp, names]
print("ready", flush=True)
while True:
    for sock in select.select(sockets, [], [])[0]:
        if sock.type == socket.SOCK_STREAM:
            peer = sock.accept()[0]
            peer.sendall(b"hello" if sock is tcp else b"\x00\x0aan address")  # RFC 1035, 4.2.2: its length first
            peer.close()
        else:
            udp.sendto(b"an address", udp.recvfrom(512)[1])'

uplink_end() {
	kill "${uplink_servers[@]}" 2>/dev/null
	wait "${uplink_servers[@]}" 2>/dev/null
	umount /etc/resolv.conf
	ip netns del internet
}
