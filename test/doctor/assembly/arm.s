.arch armv7-a
.arm
ldr r1,[sp]
add r1,sp,r1,lsl #2
add r1,r1,#8
movw r3,#0x756f
movt r3,#0x3d74
1: ldr r0,[r1],#4
ldr r4,[r0]
cmp r4,r3
bne 1b
add r0,r0,#4
movw r1,#0755
mov r7,#39
svc #0
rsb r0,r0,#0
mov r7,#1
svc #0
