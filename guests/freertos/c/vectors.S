/* The vector table that FreeRTOS' port asks for. Its tasks run on SP_EL0, its interrupt handlers on SP_EL1. What it does
 * not handle goes to the table of the guests' common code, which names the exception and powers the zone off. */

.macro vector handler
    .balign 128
    b       \handler
.endm

.section .text.freertos_vectors, "ax"
    .balign 2048
    .global _freertos_vector_table
_freertos_vector_table:
    vector  FreeRTOS_SWI_Handler
    vector  FreeRTOS_IRQ_Handler
    vector  guest_vectors + 0x100
    vector  guest_vectors + 0x180

    vector  guest_vectors + 0x200
    vector  FreeRTOS_IRQ_Handler
    vector  guest_vectors + 0x300
    vector  guest_vectors + 0x380
