ldr x1,[sp]
mov x2,sp
add x1,x2,x1,lsl #3
add x1,x1,#16
movz w3,#0x756f
movk w3,#0x3d74,lsl #16
1: ldr x2,[x1],#8
ldr w4,[x2]
cmp w4,w3
b.ne 1b
add x1,x2,#4
mov x0,#-100
mov w2,#0755
mov w8,#34
svc #0
neg w0,w0
mov w8,#93
svc #0
