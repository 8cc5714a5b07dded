// SPDX-License-Identifier: GPL-2.0
/*
 * Channels between zones of the Bulkhead hypervisor, one misc device each.
 * bulkhead_ivc.h has the interface.
 *
 * The hypervisor enforces who may write what; a mapping that this driver got
 * wrong would end in a fault of the guest, not in another zone's memory. It is
 * checked here so that a program gets an error instead.
 */
#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/property.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/wait.h>

#include "bulkhead_ivc.h"

/* The control table: 32-bit registers. */
#define IVC_ID		0x00
#define IVC_MAX_PEERS	0x04
#define IVC_RW_SIZE	0x08
#define IVC_OUT_SIZE	0x0c
#define IVC_PEER_ID	0x10
#define IVC_INVOKE	0x14
#define IVC_MAGIC	0x20
#define IVC_VERSION	0x24
#define IVC_PRESENT	0x28
#define IVC_RANG	0x2c	/* cleared by reading */
#define IVC_MISSED	0x30	/* cleared by reading */
#define IVC_MASK	0x34
#define IVC_NOTIFY	0x38
#define IVC_GENERATION	0x40	/* one per peer, as the next two */
#define IVC_PAYLOAD	0x80
#define IVC_RING_WITH	0xc0
#define IVC_TABLE_SIZE	0x100

#define IVC_MAGIC_VALUE	0x43564942	/* "BIVC" */
#define IVC_VERSION_1	1
#define IVC_NOTIFY_ON	BIT(0)

struct ivc_channel {
	struct kref users;		/* the bound device, and each open file */
	struct miscdevice misc;
	char name[40];

	/*
	 * NULL once the device is unbound. The interrupt handler takes no lock
	 * for it: it is gone by then.
	 */
	void __iomem *control;
	struct rw_semaphore control_lock;

	phys_addr_t shared;
	u64 total;			/* bytes of shared memory */
	u32 id, peer, peers, rw_size, out_size;

	wait_queue_head_t wait;
	spinlock_t lock;		/* of what follows */
	u64 interrupts;
	/* The value of interrupts when each peer last rang; 0: never. */
	u64 last_rang[BULKHEAD_IVC_PEERS];
	bool gone;
};

struct ivc_file {
	struct ivc_channel *channel;
	u64 seen;			/* the value of interrupts at the last read */
};

static void ivc_free(struct kref *users)
{
	kfree(container_of(users, struct ivc_channel, users));
}

static void ivc_put(void *channel)
{
	kref_put(&((struct ivc_channel *)channel)->users, ivc_free);
}

/* Takes what the peers have to say since the last time. */
static void ivc_collect(struct ivc_channel *channel)
{
	unsigned long flags;
	u32 rang, peer;

	spin_lock_irqsave(&channel->lock, flags);
	rang = readl(channel->control + IVC_RANG);
	channel->interrupts++;
	for (peer = 0; peer < channel->peers; peer++)
		if (rang & BIT(peer))
			channel->last_rang[peer] = channel->interrupts;
	spin_unlock_irqrestore(&channel->lock, flags);
	wake_up_interruptible_all(&channel->wait);
}

static irqreturn_t ivc_interrupt(int irq, void *channel)
{
	ivc_collect(channel);
	return IRQ_HANDLED;
}

static int ivc_open(struct inode *inode, struct file *filp)
{
	struct ivc_channel *channel;
	struct ivc_file *file;

	channel = container_of(filp->private_data, struct ivc_channel, misc);
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	/*
	 * The device is registered, so the bound driver has its count;
	 * misc_open keeps it so until this returns.
	 */
	kref_get(&channel->users);
	file->channel = channel;
	spin_lock_irq(&channel->lock);
	file->seen = channel->interrupts;
	spin_unlock_irq(&channel->lock);
	filp->private_data = file;
	return nonseekable_open(inode, filp);
}

static int ivc_release(struct inode *inode, struct file *filp)
{
	struct ivc_file *file = filp->private_data;

	ivc_put(file->channel);
	kfree(file);
	return 0;
}

/* Whether there is an event, which is taken, or the device is gone. */
static bool ivc_take(struct ivc_file *file, struct bulkhead_ivc_event *event,
		     bool *gone)
{
	struct ivc_channel *channel = file->channel;
	u64 count;
	u32 peer;

	spin_lock_irq(&channel->lock);
	*gone = channel->gone;
	count = channel->interrupts - file->seen;
	event->count = min_t(u64, count, U32_MAX);
	event->rang = 0;
	for (peer = 0; peer < channel->peers; peer++)
		if (channel->last_rang[peer] > file->seen)
			event->rang |= BIT(peer);
	file->seen = channel->interrupts;
	spin_unlock_irq(&channel->lock);
	return count || *gone;
}

static ssize_t ivc_read(struct file *filp, char __user *to, size_t size,
			loff_t *offset)
{
	struct ivc_file *file = filp->private_data;
	struct bulkhead_ivc_event event;
	bool gone;
	int error;

	if (size < sizeof(event))
		return -EINVAL;
	if (filp->f_flags & O_NONBLOCK) {
		if (!ivc_take(file, &event, &gone))
			return -EAGAIN;
	} else {
		error = wait_event_interruptible(file->channel->wait,
						 ivc_take(file, &event, &gone));
		if (error)
			return error;
	}
	if (gone)
		return -ENODEV;
	if (copy_to_user(to, &event, sizeof(event)))
		return -EFAULT;
	return sizeof(event);
}

static __poll_t ivc_poll(struct file *filp, poll_table *table)
{
	struct ivc_file *file = filp->private_data;
	struct ivc_channel *channel = file->channel;
	__poll_t ready = EPOLLOUT | EPOLLWRNORM;

	poll_wait(filp, &channel->wait, table);
	spin_lock_irq(&channel->lock);
	if (channel->interrupts != file->seen)
		ready |= EPOLLIN | EPOLLRDNORM;
	if (channel->gone)
		ready = EPOLLHUP | EPOLLERR;
	spin_unlock_irq(&channel->lock);
	return ready;
}

static ssize_t ivc_write(struct file *filp, const char __user *from, size_t size,
			 loff_t *offset)
{
	struct ivc_file *file = filp->private_data;
	struct ivc_channel *channel = file->channel;
	u32 words[2];
	ssize_t result = size;

	if (size != sizeof(words[0]) && size != sizeof(words))
		return -EINVAL;
	if (copy_from_user(words, from, size))
		return -EFAULT;
	if (words[0] >= channel->peers)
		return -EINVAL;

	down_read(&channel->control_lock);
	/* writel orders it behind what is in the shared memory by now. */
	if (!channel->control)
		result = -ENODEV;
	else if (size == sizeof(words))
		writel(words[1],
		       channel->control + IVC_RING_WITH + 4 * words[0]);
	else
		writel(words[0], channel->control + IVC_INVOKE);
	up_read(&channel->control_lock);
	return result;
}

static void ivc_info(struct ivc_channel *channel, struct bulkhead_ivc_info *info)
{
	void __iomem *control = channel->control;
	u32 peer;

	info->id = channel->id;
	info->peer = channel->peer;
	info->peers = channel->peers;
	info->rw_size = channel->rw_size;
	info->out_size = channel->out_size;
	info->present = readl(control + IVC_PRESENT);
	info->missed = readl(control + IVC_MISSED);
	for (peer = 0; peer < channel->peers; peer++) {
		info->generation[peer] = readl(control + IVC_GENERATION + 4 * peer);
		info->payload[peer] = readl(control + IVC_PAYLOAD + 4 * peer);
	}
}

static long ivc_ioctl(struct file *filp, unsigned int command,
		      unsigned long argument)
{
	struct ivc_file *file = filp->private_data;
	struct ivc_channel *channel = file->channel;
	struct bulkhead_ivc_info info = {};
	long error = 0;

	if (command != BULKHEAD_IVC_INFO)
		return -ENOTTY;
	down_read(&channel->control_lock);
	if (channel->control)
		ivc_info(channel, &info);
	else
		error = -ENODEV;
	up_read(&channel->control_lock);
	if (error)
		return error;
	if (copy_to_user((void __user *)argument, &info, sizeof(info)))
		return -EFAULT;
	return 0;
}

static void ivc_forbid(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* Whether no byte of the range lies in a foreign output section. */
static bool ivc_may_write(const struct ivc_channel *channel, u64 start, u64 end)
{
	u64 own = channel->rw_size + (u64)channel->out_size * channel->peer;

	if (end <= channel->rw_size)
		return true;
	return max_t(u64, start, channel->rw_size) >= own &&
	       end <= own + channel->out_size;
}

/*
 * The memory belongs to the channel for as long as the zone runs, so a mapping
 * may outlive the bound driver. It is ordinary cached memory, though the kernel
 * does not know it as RAM.
 */
static int ivc_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct ivc_file *file = filp->private_data;
	struct ivc_channel *channel = file->channel;
	u64 size = vma->vm_end - vma->vm_start;
	u64 start;

	if (vma->vm_pgoff > channel->total >> PAGE_SHIFT)
		return -EINVAL;
	start = (u64)vma->vm_pgoff << PAGE_SHIFT;
	if (size > channel->total - start)
		return -EINVAL;
	/* A private mapping would write to a copy; nothing can be executed. */
	if (!(vma->vm_flags & VM_MAYSHARE) || (vma->vm_flags & VM_EXEC))
		return -EINVAL;
	ivc_forbid(vma, VM_MAYEXEC);
	if (!ivc_may_write(channel, start, start + size)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		ivc_forbid(vma, VM_MAYWRITE);
	}
	return remap_pfn_range(vma, vma->vm_start,
			       (channel->shared + start) >> PAGE_SHIFT, size,
			       vma->vm_page_prot);
}

static const struct file_operations ivc_operations = {
	.owner = THIS_MODULE,
	.open = ivc_open,
	.release = ivc_release,
	.read = ivc_read,
	.write = ivc_write,
	.poll = ivc_poll,
	.mmap = ivc_mmap,
	.unlocked_ioctl = ivc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* By the channel's name where that can be a file's, else by its number. */
static void ivc_name(struct ivc_channel *channel, struct device *dev)
{
	const size_t room = sizeof(channel->name);
	const char *label;

	/* The file system of devices makes a folder of what has a '!'. */
	if (device_property_read_string(dev, "label", &label) || !*label ||
	    strpbrk(label, "/!") ||
	    snprintf(channel->name, room, "ivc-%s", label) >= room)
		snprintf(channel->name, room, "ivc-%u", channel->id);
}

/* Reads what never changes, and believes it where it fits the device tree. */
static int ivc_describe(struct ivc_channel *channel,
			const struct resource *shared)
{
	void __iomem *control = channel->control;

	if (readl(control + IVC_MAGIC) != IVC_MAGIC_VALUE ||
	    readl(control + IVC_VERSION) < IVC_VERSION_1)
		return -ENODEV;
	channel->id = readl(control + IVC_ID);
	channel->peer = readl(control + IVC_PEER_ID);
	channel->peers = readl(control + IVC_MAX_PEERS);
	channel->rw_size = readl(control + IVC_RW_SIZE);
	channel->out_size = readl(control + IVC_OUT_SIZE);
	channel->shared = shared->start;
	channel->total = channel->rw_size +
			 (u64)channel->out_size * channel->peers;
	if (channel->peers > BULKHEAD_IVC_PEERS ||
	    channel->peer >= channel->peers ||
	    channel->total > resource_size(shared) ||
	    !PAGE_ALIGNED(channel->shared))
		return -EINVAL;
	return 0;
}

/*
 * The first step of unbinding. Files may still be open: who waits is woken to
 * find the device gone.
 */
static void ivc_retire(void *data)
{
	struct ivc_channel *channel = data;

	misc_deregister(&channel->misc);
	writel(0, channel->control + IVC_NOTIFY);
	spin_lock_irq(&channel->lock);
	channel->gone = true;
	spin_unlock_irq(&channel->lock);
	wake_up_interruptible_all(&channel->wait);
}

/* After the interrupt is freed and before the control table is unmapped. */
static void ivc_detach(void *data)
{
	struct ivc_channel *channel = data;

	down_write(&channel->control_lock);
	channel->control = NULL;
	up_write(&channel->control_lock);
}

static int ivc_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct ivc_channel *channel;
	struct resource *control, *shared;
	int error, irq;

	channel = kzalloc(sizeof(*channel), GFP_KERNEL);
	if (!channel)
		return -ENOMEM;
	kref_init(&channel->users);
	init_rwsem(&channel->control_lock);
	spin_lock_init(&channel->lock);
	init_waitqueue_head(&channel->wait);
	/* First, so that it is undone last: the interrupt handler uses it. */
	error = devm_add_action_or_reset(dev, ivc_put, channel);
	if (error)
		return error;

	control = platform_get_resource_byname(pdev, IORESOURCE_MEM, "control");
	shared = platform_get_resource_byname(pdev, IORESOURCE_MEM, "shared");
	if (!control || resource_size(control) < IVC_TABLE_SIZE || !shared)
		return dev_err_probe(dev, -EINVAL, "reg is not whole\n");
	channel->control = devm_ioremap_resource(dev, control);
	if (IS_ERR(channel->control))
		return PTR_ERR(channel->control);
	if (!devm_request_mem_region(dev, shared->start, resource_size(shared),
				     dev_name(dev)))
		return dev_err_probe(dev, -EBUSY, "memory is in use\n");
	error = ivc_describe(channel, shared);
	if (error)
		return dev_err_probe(dev, error, "unknown control table\n");
	error = devm_add_action_or_reset(dev, ivc_detach, channel);
	if (error)
		return error;

	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	error = devm_request_irq(dev, irq, ivc_interrupt, 0, dev_name(dev),
				 channel);
	if (error)
		return dev_err_probe(dev, error, "interrupt %d\n", irq);
	writel(0, channel->control + IVC_MASK);
	/* Who rang before this may have raised no interrupt still to come. */
	ivc_collect(channel);

	ivc_name(channel, dev);
	channel->misc.minor = MISC_DYNAMIC_MINOR;
	channel->misc.name = channel->name;
	channel->misc.fops = &ivc_operations;
	channel->misc.parent = dev;
	error = misc_register(&channel->misc);
	if (error)
		return dev_err_probe(dev, error, "/dev/%s\n", channel->name);
	error = devm_add_action_or_reset(dev, ivc_retire, channel);
	if (error)
		return error;
	writel(IVC_NOTIFY_ON, channel->control + IVC_NOTIFY);
	dev_info(dev, "/dev/%s: peer %u of %u\n", channel->name, channel->peer,
		 channel->peers);
	return 0;
}

static const struct of_device_id ivc_match[] = {
	{ .compatible = "bulkhead,ivc" },
	{}
};
MODULE_DEVICE_TABLE(of, ivc_match);

static struct platform_driver ivc_driver = {
	.probe = ivc_probe,
	.driver = {
		.name = "bulkhead_ivc",
		.of_match_table = ivc_match,
	},
};
module_platform_driver(ivc_driver);

MODULE_DESCRIPTION("Channels between zones of the Bulkhead hypervisor");
MODULE_LICENSE("GPL");
