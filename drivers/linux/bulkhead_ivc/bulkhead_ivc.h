/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a program says to /dev/ivc-CHANNEL, one end of a channel between zones
 * of the Bulkhead hypervisor.
 *
 * mmap   the shared memory: first the section that every peer may write, then
 *        the output section of each peer. MAP_SHARED alone. A range with a
 *        byte of a foreign output section can only be mapped for reading.
 * read   one struct bulkhead_ivc_event; waits for it, unless O_NONBLOCK.
 * poll   readable when there is one. POLLHUP: the driver has let go of the
 *        device.
 * write  rings the peer with the number in the first 32-bit word; a second
 *        word, if there is one, comes with the doorbell as its payload.
 */
#ifndef BULKHEAD_IVC_H
#define BULKHEAD_IVC_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BULKHEAD_IVC_PEERS 16

/* What has happened since this open file was last read, or opened. */
struct bulkhead_ivc_event {
	__u32 count;	/* interrupts; several doorbells may have been one */
	__u32 rang;	/* bitmap of peers; 0: a peer has started or stopped */
};

/* The channel as it is now. Sizes are in bytes. */
struct bulkhead_ivc_info {
	__u32 id;
	__u32 peer;	/* this zone's own number */
	__u32 peers;
	__u32 rw_size;	/* of the section that every peer may write */
	__u32 out_size;	/* of each output section */
	__u32 present;	/* bitmap of the peers whose zone runs */
	__u32 missed;	/* those rung while absent, since this was last asked */
	__u32 reserved;
	__u32 generation[BULKHEAD_IVC_PEERS];	/* how often each was started */
	__u32 payload[BULKHEAD_IVC_PEERS];	/* of each one's last doorbell */
};

#define BULKHEAD_IVC_INFO _IOR(0xb7, 0, struct bulkhead_ivc_info)

#endif
